/** Makes the objects of this package travel. Imported for that alone: what a message names is found by then. */
import './manager/dict-proxy.ts';
import './manager/list-proxy.ts';
import './manager/namespace.ts';
import './memory/array.ts';
import './memory/value.ts';
import './queues/connection.ts';
import './queues/queue.ts';
import './queues/simple-queue.ts';
import './sync/barrier.ts';
import './sync/condition.ts';
import './sync/event.ts';
import './sync/lock.ts';
import './sync/rlock.ts';
import './sync/semaphore.ts';
