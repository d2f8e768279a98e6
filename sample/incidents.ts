import { reportCompromise } from '../src/app/incidents.ts';
import type { FormContext } from '../src/domain/form.ts';
import { type Cast, done } from './action.ts';
import { asContact, type Player } from './people.ts';

/** A laboratory that saw something strange on its instrument, and has unplugged it. */
export async function reportStrange(cast: Cast, actionId: number, player: Player, form: FormContext): Promise<void> {
  const ctx = asContact(cast, player);
  done(
    await reportCompromise(
      ctx,
      { actionId, partyId: player.partyId, contactId: player.contactId, replyId: null },
      {
        unitIds: form.units.slice(0, 1).map((unit) => unit.id),
        unplugged: 'yes',
        noticed: 'this morning',
        summary:
          'An unknown account was signed in on the instrument this morning. We have unplugged the network cable.',
        name: player.contact,
        phone: '+00 000 0000',
        otherUnit: '',
      },
    ),
    'report a suspected compromise',
  );
}
