import { startSuccessor } from '../src/app/successors.ts';
import { type Cast, done } from './action.ts';

/** Begins the action that brings the permanent fix: a draft, for whoever looks at the demo to go on with. */
export async function beginSuccessor(cast: Cast, actionId: number): Promise<void> {
  done(
    await startSuccessor(cast.quality, actionId, {
      reference: 'FSN2023-0417',
      title: 'Local Run Manager: the permanent fix',
      remedyName: 'Local Run Manager 4.0',
      remedyDescription:
        'Replaces the interim patch. Access from other computers works again, with accounts and encryption.',
    }),
    'begin the action of the permanent fix',
  );
}
