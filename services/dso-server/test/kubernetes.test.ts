/** The manifest is what Kubernetes takes, and its flags are what the program takes. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { optionsOf, program } from '../src/flags.ts';
import { resolveOptions } from '../src/resolve.ts';
import { file } from './support/folder.ts';

interface Manifest {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: { readonly name: string };
}

interface Container {
  readonly args: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly [probe: `${string}Probe`]: { readonly httpGet: { readonly path: string; readonly port: string } };
}

const path = new URL('../kubernetes/statefulset.yaml', import.meta.url);
const documents = parseAllDocuments(readFileSync(path, 'utf8'));
const manifests = documents.map((document) => document.toJS() as Manifest);

function manifest<T>(kind: string): T {
  return manifests.find((one) => one.kind === kind) as T;
}

interface StatefulSet extends Manifest {
  readonly spec: {
    readonly serviceName: string;
    readonly replicas: number;
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly [Container];
        readonly volumes: readonly { readonly name: string }[];
      };
    };
  };
}

const set = manifest<StatefulSet>('StatefulSet');
const pod = set.spec.template.spec;
const [container] = pod.containers;

test('it is YAML, of the kinds that are needed', () => {
  expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
  expect(manifests.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).toEqual([
    'v1 Service',
    'apps/v1 StatefulSet',
    'policy/v1 PodDisruptionBudget',
  ]);
});

test('names and labels fit together', () => {
  const service = manifest<Manifest & { spec: { selector: object; clusterIP: string; ports: object[] } }>(
    'Service',
  );
  const budget = manifest<{ spec: { selector: object } }>('PodDisruptionBudget');
  const { labels } = set.spec.template.metadata;
  expect(set.spec.serviceName).toBe(service.metadata.name);
  expect(service.spec).toMatchObject({ clusterIP: 'None', selector: labels });
  expect(set.spec.selector).toEqual({ matchLabels: labels });
  expect(budget.spec.selector).toEqual({ matchLabels: labels });
  const ports = container.ports.map(({ name }) => name);
  expect(service.spec.ports).toMatchObject([{ port: 7600, targetPort: 'dso' }]);
  for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const)
    expect(ports).toContain(container[probe]!.httpGet.port);
  const volumes = pod.volumes.map(({ name }) => name);
  for (const { name } of container.volumeMounts) expect(volumes).toContain(name);
});

test('the program takes its flags, in every pod', async () => {
  for (let ordinal = 0; ordinal < set.spec.replicas; ordinal++) {
    const name = `${set.metadata.name}-${ordinal}`;
    const args = container.args.map((arg) =>
      arg.replace('$(POD_NAME)', name).replace('/etc/skein-dso/token', file('token', 'open sesame')),
    );
    const command = program();
    await command.parseAsync(args, { from: 'user' });
    const resolved = await resolveOptions(optionsOf(command.opts(), {}));
    expect(resolved.members).toHaveLength(set.spec.replicas);
    expect(resolved.address(resolved.listen)).toBe(`${name}.${set.spec.serviceName}:7600`);
    expect(pod.terminationGracePeriodSeconds * 1000).toBeGreaterThan(resolved.drainTimeoutMs);
    for (const place of [resolved.listen, resolved.metrics])
      expect(container.ports.map(({ containerPort }) => containerPort)).toContain(place!.port);
  }
});
