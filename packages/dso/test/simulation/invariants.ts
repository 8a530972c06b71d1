/** D1–D5, looked at while a schedule is played, with eyes that see everything at once. */
import type { Primary } from '../../src/cluster/primary.ts';
import type { SimulatedCluster } from './cluster.ts';

export function watchInvariants(cluster: SimulatedCluster, problems: string[]): void {
  const { world } = cluster;
  /** By slot and epoch: who has answered in it. */
  const primaries = new Map<string, string>();
  const say = (text: string): void => {
    if (problems.length < 5) problems.push(`at ${world.now.toFixed(1)}: ${text}`);
  };
  const look = (): void => {
    for (const slot of cluster.slots) {
      const answering: string[] = [];
      for (const node of cluster.alive) {
        // Whoever is paused answers nothing: it looks at its lease first when it goes on.
        if (node.pausedUntil > world.now) continue;
        const primary = node.member.replica(slot)?.primary;
        if (primary?.serves !== true) continue;
        if (primary.mayAnswer()) {
          // One that has asked for another does nothing new: what it may still say was done before that one was named.
          if (!primary.isLeaving) answering.push(node.id);
          const place = `${slot}/${primary.epoch}`;
          const known = primaries.get(place) ?? node.id;
          primaries.set(place, known);
          if (known !== node.id)
            say(`D1: slot ${slot} has two primaries in epoch ${primary.epoch}: ${known}, ${node.id}`);
          lookAtCopies(slot, node.id, primary);
        }
      }
      if (answering.length > 1) say(`D4: ${answering.join(' and ')} answer for slot ${slot} at a time`);
    }
  };
  const lookAtCopies = (slot: number, me: string, primary: Primary): void => {
    const record = cluster.record(slot);
    if (record === undefined) return;
    if (record.epoch > primary.epoch && record.primary !== me && primary.isLeaving === false)
      say(`D4: ${me} answers for slot ${slot} in epoch ${primary.epoch}, which is in epoch ${record.epoch}`);
    for (const id of record.inSync) {
      const other = cluster.nodes.get(id);
      if (id === me || other === undefined || other.isDead || record.epoch !== primary.epoch) continue;
      const { follower } = other.member.replica(slot)!;
      if (follower.epoch > primary.epoch) continue;
      const has = follower.state === undefined ? 0 : follower.last;
      if (has < primary.committed)
        say(
          `D2: ${me} has committed ${primary.committed} of slot ${slot}, and ${id}, which is in sync, has logged ${has}`,
        );
      if (follower.committed > primary.last)
        say(`D2: ${id} has applied ${follower.committed} of slot ${slot}, beyond its primary`);
    }
  };
  const again = (): void => {
    look();
    world.after(2, undefined, again);
  };
  again();
}
