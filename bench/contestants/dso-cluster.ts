/** Skein's shared objects at servers that find each other by etcd: `dso-cluster.ts <their shape as JSON>`. */
import type { Shape } from './objects/cluster.ts';
import { serveCluster } from './objects/serve-cluster.ts';

await serveCluster(JSON.parse(process.argv[2]!) as Shape);
