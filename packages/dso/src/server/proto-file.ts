import { fileURLToPath } from 'node:url';

/** The path of skein-dso.proto: what a node serves over gRPC. */
export const PROTO_FILE: string = fileURLToPath(new URL('../../proto/skein-dso.proto', import.meta.url));
