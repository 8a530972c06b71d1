import type { ObjectType } from '../engine/object-type.ts';
import { allReduce } from './all-reduce.ts';
import { barrier } from './barrier.ts';
import { boolean } from './boolean.ts';
import { bytes } from './bytes.ts';
import { channel } from './channel.ts';
import { counter } from './counter.ts';
import { event } from './event.ts';
import { future } from './future.ts';
import { latch } from './latch.ts';
import { list } from './list.ts';
import { lock } from './lock.ts';
import { logger } from './logger.ts';
import { long } from './long.ts';
import { map } from './map.ts';
import { matrix } from './matrix.ts';
import { queue } from './queue.ts';
import { reference } from './reference.ts';
import { semaphore } from './semaphore.ts';
import { set } from './set.ts';
import { treeMap } from './tree-map.ts';
import { typedArray } from './typed-array.ts';
import { userClass } from './user-class.ts';

/** All types of shared objects, by name. */
export const TYPES: ReadonlyMap<string, ObjectType> = new Map(
  [
    allReduce,
    barrier,
    boolean,
    bytes,
    channel,
    counter,
    event,
    future,
    latch,
    list,
    lock,
    logger,
    long,
    map,
    matrix,
    queue,
    reference,
    semaphore,
    set,
    treeMap,
    typedArray,
    userClass,
  ].map((type) => [type.name, type]),
);
