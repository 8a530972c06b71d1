import { PROTOCOL_VERSION } from '../wire/payload.ts';

/** Agent and client are deployed apart in most backends: a mismatch says so instead of failing somewhere. */
export function checkVersion(version: number): void {
  if (version !== PROTOCOL_VERSION) {
    throw new Error(
      `the client speaks version ${version} of the agent's protocol, this agent version ${PROTOCOL_VERSION}: ` +
        'install the same @skein/executor on both sides',
    );
  }
}
