import { type Schema, text } from '@skein/config';
import { type NetworkKind, type NetworkOptions, networkSchema, wrongOption } from '../network/kind.ts';

/** Options of the `gcs` driver. */
export interface GcsOptions extends NetworkOptions {
  /** The project in which buckets are made. @default that of the credentials */
  readonly project?: string | undefined;
  /**
   * The URL of a service that speaks the JSON API of Cloud Storage. One with `http:` gets no credentials: tokens would
   * cross the network in clear. @default STORAGE_EMULATOR_HOST, else Google's
   */
  readonly endpoint?: string | undefined;
  /** The path of a file with credentials, read by each process by itself. @default Application Default Credentials */
  readonly keyFile?: string | undefined;
  /** Such credentials as JSON text, most often the key of a service account. */
  readonly credentials?: string | undefined;
  /** Where buckets are made, such as 'europe-west1'. @default 'US', as Google has it */
  readonly location?: string | undefined;
}

const schema: Schema = {
  ...networkSchema,
  project: text(),
  endpoint: text(),
  keyFile: text(),
  credentials: text({ secret: true }),
  location: text(),
};

export const gcsKind: NetworkKind<GcsOptions> = {
  kind: 'gcs',
  schemes: ['gs', 'gcs'],
  example: 'gs://bucket?project=my-project',
  schema,
  fromUrl: (url) => ({ bucket: url.hostname || undefined }),
  check: ({ endpoint, keyFile, credentials }) => {
    if (keyFile !== undefined && credentials !== undefined)
      throw wrongOption('credentials', 'and keyFile were given: one of them is enough');
    if (credentials !== undefined && !isJsonObject(credentials))
      throw wrongOption('credentials', 'must be the JSON text of a key, as Google gives it in a file');
    if (endpoint === undefined) return;
    if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol))
      throw wrongOption('endpoint', "must be a URL such as 'https://storage.googleapis.com'");
    if (new URL(endpoint).protocol === 'http:' && (keyFile !== undefined || credentials !== undefined))
      throw wrongOption(
        'endpoint',
        'must begin with https: where credentials are given, which http: would tell to everybody',
      );
  },
  address: ({ endpoint }) => {
    const { STORAGE_EMULATOR_HOST: emulator } = process.env;
    const given = endpoint ?? (emulator && (/^https?:/.test(emulator) ? emulator : `http://${emulator}`));
    return given ? new URL(given).origin : 'https://storage.googleapis.com';
  },
  open: async (options) => (await import('../gcs.ts')).gcsDriver(options),
};

function isJsonObject(written: string): boolean {
  try {
    const value: unknown = JSON.parse(written);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
