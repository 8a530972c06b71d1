/** The image starts what the package has, as the user and at the ports that Kubernetes is told of. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

const lines = read('Dockerfile').replaceAll('\\\n', ' ').split('\n');
const stages = lines
  .join('\n')
  .split(/^(?=FROM )/m)
  .slice(1);
const instruction = (name: string): string => {
  const found = stages
    .at(-1)!
    .split('\n')
    .filter((line) => line.startsWith(`${name} `));
  return found.map((line) => line.slice(name.length + 1).trim()).join(' ');
};

interface StatefulSet {
  readonly kind: 'StatefulSet';
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly securityContext: { readonly runAsUser: number; readonly runAsGroup: number };
        readonly containers: readonly [{ readonly ports: readonly { readonly containerPort: number }[] }];
      };
    };
  };
}

test('its last stage has the program, and nothing that installed it', () => {
  const { name, bin }: { name: string; bin: Record<string, string> } = JSON.parse(read('package.json'));
  const program = bin['skein-dso-server']!.replace('./', '');
  expect(JSON.parse(instruction('ENTRYPOINT'))).toEqual(['node', `node_modules/${name}/${program}`]);
  expect(stages).toHaveLength(2);
  expect(instruction('RUN')).toBe('');
});

test('user and ports are those of the StatefulSet', () => {
  const documents = parseAllDocuments(read('kubernetes/statefulset.yaml'));
  const manifests = documents.map((document) => document.toJS() as Partial<StatefulSet>);
  const { spec } = manifests.find(({ kind }) => kind === 'StatefulSet') as StatefulSet;
  const { securityContext, containers } = spec.template.spec;
  expect(instruction('USER')).toBe(`${securityContext.runAsUser}:${securityContext.runAsGroup}`);
  const ports = containers[0].ports.map(({ containerPort }) => containerPort);
  expect(instruction('EXPOSE')).toBe(ports.join(' '));
  const metrics = /SKEIN_DSO_SERVER_METRICS=0\.0\.0\.0:(\d+)/.exec(instruction('ENV'))![1];
  expect(ports).toContain(Number(metrics));
  expect(instruction('HEALTHCHECK')).toContain(`http://127.0.0.1:${metrics}/healthz`);
});
