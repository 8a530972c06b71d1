/** The manifests are what Kubernetes takes, their parts fit together, and the programs take their flags. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { size } from '@skein/config';
import { StatefulSet } from 'kubernetes-models/apps/v1';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { Service } from 'kubernetes-models/v1';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { findEtcd } from '../../../tools/servers/etcd.ts';
import { NoServerError } from '../../../tools/servers/program.ts';
import { optionsOf, program } from '../src/flags.ts';
import { resolveOptions } from '../src/resolve.ts';
import { file } from './support/folder.ts';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

const documentsOf = (name: string): ReturnType<typeof parseAllDocuments> =>
  parseAllDocuments(readFileSync(new URL(`../kubernetes/${name}`, import.meta.url), 'utf8'));

const documents = [...documentsOf('etcd.yaml'), ...documentsOf('statefulset.yaml')];
const manifests = documents.map((document) => document.toJS() as Manifest);

/** Kubernetes' own schema of its kind; `validate` throws what is wrong. */
function checked(manifest: object): { validate(): void } {
  const { apiVersion, kind } = manifest as Manifest;
  switch (`${apiVersion} ${kind}`) {
    case 'apps/v1 StatefulSet':
      return new StatefulSet(manifest as never);
    case 'v1 Service':
      return new Service(manifest as never);
    case 'policy/v1 PodDisruptionBudget':
      return new PodDisruptionBudget(manifest as never);
    case 'networking.k8s.io/v1 NetworkPolicy':
      return new NetworkPolicy(manifest as never);
    default:
      throw new Error(`no schema is known of ${apiVersion} ${kind}`);
  }
}

/** The paths of all values that hold no others. */
function* leaves(value: unknown, path: readonly string[] = []): Iterable<readonly string[]> {
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (inner.length === 0) yield path;
  for (const [name, below] of inner) yield* leaves(below, [...path, name]);
}

/** The same with something that is of no type of Kubernetes at a path. */
function broken(manifest: object, path: readonly string[]): object {
  const copy = structuredClone(manifest);
  const holder = path.slice(0, -1).reduce((at, name) => Reflect.get(at, name) as object, copy);
  Reflect.set(holder, path.at(-1)!, [[[]]]);
  return copy;
}

test('they are YAML, of the kinds that are needed', () => {
  expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
  expect(manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    'Service skein-dso-etcd',
    'StatefulSet skein-dso-etcd',
    'PodDisruptionBudget skein-dso-etcd',
    'NetworkPolicy skein-dso-etcd',
    'Service skein-dso',
    'StatefulSet skein-dso',
    'PodDisruptionBudget skein-dso',
  ]);
});

describe.each(manifests.map((manifest) => [`${manifest.kind} ${manifest.metadata.name}`, manifest] as const))(
  '%s',
  (_name, manifest) => {
    test('is as its schema says', () => {
      checked(manifest).validate();
    });

    // The schemas let fields pass that they do not know: those would be dropped in silence, were they mistyped.
    test('has no field but such as its schema knows, for each is refused with something else in it', () => {
      const unknown = [...leaves(manifest)].filter((path) => {
        try {
          checked(broken(manifest, path)).validate();
          return true;
        } catch {
          return false;
        }
      });
      expect(unknown.map((path) => path.join('.'))).toEqual([]);
    });
  },
);

interface Container {
  readonly args: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly [probe: `${string}Probe`]: { readonly httpGet: { readonly path: string; readonly port: string } };
}

interface Claim extends Manifest {
  readonly spec: { readonly resources: { readonly requests: { readonly storage: string } } };
}

interface Workload extends Manifest {
  readonly spec: {
    readonly serviceName: string;
    readonly replicas: number;
    readonly selector: object;
    readonly template: {
      readonly metadata: { readonly labels: object };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly [Container];
        readonly topologySpreadConstraints: readonly { readonly labelSelector: object }[];
        readonly volumes?: readonly { readonly name: string }[];
      };
    };
    readonly volumeClaimTemplates?: readonly Claim[];
  };
}

function named<T>(kind: string, name: string): T {
  return manifests.find((one) => one.kind === kind && one.metadata.name === name) as T;
}

/** The arguments of each pod's container. */
function argsOfPods(set: Workload): readonly (readonly string[])[] {
  const [{ args }] = set.spec.template.spec.containers;
  return Array.from({ length: set.spec.replicas }, (_, ordinal) =>
    args.map((arg) => arg.replaceAll('$(POD_NAME)', `${set.metadata.name}-${ordinal}`)),
  );
}

test.each(['skein-dso', 'skein-dso-etcd'])('%s: names and labels fit together', (name) => {
  const set = named<Workload>('StatefulSet', name);
  const { template, serviceName, selector, volumeClaimTemplates = [] } = set.spec;
  const service = named<{ spec: { ports: readonly { targetPort: string }[] } }>('Service', serviceName);
  const { labels } = template.metadata;
  const [container] = template.spec.containers;
  expect(service.spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true, selector: labels });
  expect(selector).toEqual({ matchLabels: labels });
  const budget = named<{ spec: object }>('PodDisruptionBudget', name);
  expect(budget.spec).toEqual({ maxUnavailable: 1, selector: { matchLabels: labels } });
  for (const { labelSelector } of template.spec.topologySpreadConstraints)
    expect(labelSelector).toEqual({ matchLabels: labels });
  const ports = container.ports.map((port) => port.name);
  for (const { targetPort } of service.spec.ports) expect(ports).toContain(targetPort);
  for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const)
    expect(ports).toContain(container[probe]!.httpGet.port);
  const volumes = [
    ...(template.spec.volumes ?? []).map((volume) => volume.name),
    ...volumeClaimTemplates.map((claim) => claim.metadata.name),
  ];
  for (const mount of container.volumeMounts) expect(volumes).toContain(mount.name);
});

const servers = named<Workload>('StatefulSet', 'skein-dso');
const etcds = named<Workload>('StatefulSet', 'skein-dso-etcd');

test('skein-dso-server takes its flags, in every pod', async () => {
  const { template, serviceName } = servers.spec;
  const ports = template.spec.containers[0].ports.map(({ containerPort }) => containerPort);
  for (const [ordinal, args] of argsOfPods(servers).entries()) {
    const command = program();
    const tokenFile = file('token', 'open sesame');
    await command.parseAsync(
      args.map((arg) => arg.replace('/etc/skein-dso/token', tokenFile)),
      { from: 'user' },
    );
    const resolved = await resolveOptions(optionsOf(command.opts(), {}));
    expect(resolved.address(resolved.listen)).toBe(`skein-dso-${ordinal}.${serviceName}:7600`);
    expect(resolved.replicas).toBe(2);
    expect(template.spec.terminationGracePeriodSeconds * 1000).toBeGreaterThan(resolved.drainTimeoutMs);
    for (const place of [resolved.listen, resolved.metrics]) expect(ports).toContain(place!.port);
    // Each pod's data is on its own volume, in a folder that the server makes, with room for a log and two snapshots.
    const { volumeClaimTemplates = [] } = servers.spec;
    const [claim] = volumeClaimTemplates;
    const mount = template.spec.containers[0].volumeMounts.find(({ name }) => name === claim!.metadata.name);
    expect(resolved.data).toMatchObject({
      folder: `${mount!.mountPath}/data`,
      fsync: { kind: 'always' },
    });
    const { storage } = claim!.spec.resources.requests;
    expect(size().parse(`${storage}B`)).toBeGreaterThan(3 * resolved.limits.maxMemoryBytes);
    // Where each of etcd's members says that it is.
    const urls = argsOfPods(etcds).map((own) => flagValue(own, '--advertise-client-urls'));
    expect(resolved.etcd!.endpoints).toEqual(urls);
  }
});

test('etcd takes its flags, and each of its members is in the first list of them', async ({ skip }) => {
  for (const args of argsOfPods(etcds)) {
    const self = `${flagValue(args, '--name')}=${flagValue(args, '--initial-advertise-peer-urls')}`;
    expect(flagValue(args, '--initial-cluster').split(',')).toContain(self);
  }
  const required = process.env['CI'] !== undefined;
  const etcd = await findEtcd({ install: required }).catch((error: unknown) => {
    if (error instanceof NoServerError && !required) return skip(error.message);
    throw error;
  });
  const help = execFileSync(etcd.command, [...etcd.args, '--help'], {
    env: { ...process.env, ...etcd.env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  for (const arg of argsOfPods(etcds)[0]!)
    expect(help).toMatch(new RegExp(`^ +${arg.split('=')[0]}\\b`, 'm'));
});

function flagValue(args: readonly string[], flag: string): string {
  return args.find((arg) => arg.startsWith(`${flag}=`))!.slice(flag.length + 1);
}
