/** What parties answer, by whichever door. */
import { proposeContactChange } from '../src/app/contact-changes.ts';
import { type Context, transact } from '../src/app/context.ts';
import { markLinkOpened } from '../src/app/links.ts';
import { loadFormContext } from '../src/app/queries/portal.ts';
import { contradictionKey, recordReply, sendReply } from '../src/app/replies.ts';
import { type Answers, type FormContext, formDefinitionSchema } from '../src/domain/form.ts';
import { checkAnswers } from '../src/domain/form-check.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { type Cast, done } from './action.ts';
import { fillAnswers, type Wish } from './answers.ts';
import { callParty } from './calls.ts';
import { reportStrange } from './incidents.ts';
import { asContact, type Player } from './people.ts';
import { answerByMail } from './post.ts';

/** One turn of a party: what it does on this day of its own. @param turn which of its days, from 0 */
export async function act(cast: Cast, actionId: number, player: Player, turn: number): Promise<void> {
  const { system } = cast;
  const form = await loadFormContext(system.db, actionId, player.partyId);
  if (!form) return;
  const web = player.linkId !== null && player.contactId !== null;
  switch (player.habit) {
    case 'receipt-first':
      return turn === 0
        ? answer(cast, actionId, player, form, { receiptOnly: true })
        : answer(cast, actionId, player, form, {});
    case 'one-mode':
      return answer(cast, actionId, player, form, turn === 0 ? { skip: (code) => code === 'RUO' } : {});
    case 'blocked':
      return answer(cast, actionId, player, form, { blocked: true });
    case 'contradicts':
      return answer(cast, actionId, player, form, { skip: (code) => code === 'RUO', claimAll: true });
    case 'moved':
    case 'scrapped':
      return answer(cast, actionId, player, form, { gone: player.habit });
    case 'unknown-unit':
      return answer(cast, actionId, player, form, { extra: true });
    case 'telephone':
    case 'email':
    case 'post':
    case 'hospital-system':
      return tell(cast, actionId, player, form);
    case 'wrong-person':
      if (turn === 0 && web) return pointElsewhere(cast, actionId, player);
      return answer(cast, actionId, player, form, {});
    case 'compromise':
      return reportStrange(cast, actionId, player, form);
    default:
      return answer(cast, actionId, player, form, {});
  }
}

/** Answers on the personal page: what the form finds contradictory is sent all the same, as people do. */
async function answer(cast: Cast, actionId: number, player: Player, form: FormContext, wish: Wish): Promise<void> {
  if (player.linkId === null) return tell(cast, actionId, player, form);
  const ctx = asContact(cast, player);
  await transact(ctx, (tx) => markLinkOpened(tx, ctx, player.linkId ?? 0));
  const today = ctx.now().toISOString().slice(0, 10);
  const answers = fillAnswers(player, form, today, wish);
  if (wish.receiptOnly) {
    const { 'all-patched': _, 'passed-on': __, ...party } = answers.party;
    Object.assign(answers, { party, units: {}, corrections: {}, extra: [], standalone: [] });
  }
  const input = {
    answers,
    language: player.language,
    meaning: { key: 'form.question.statement', text: 'What I have stated is correct to the best of my knowledge.' },
    sendAnyhow: [] as string[],
    receiptOnly: wish.receiptOnly ?? false,
    onceKey: `play-${player.partyId}-${today}`,
  };
  let result = await sendReply(ctx, input);
  if (isRefusal(result) && result.code === 'reply.contradictions') {
    result = await sendReply(ctx, {
      ...input,
      sendAnyhow: await contradictionsOf(actionId, ctx, answers, form, today),
    });
  }
  done(result, `send the answer of ${player.party}`);
}

async function contradictionsOf(
  actionId: number,
  ctx: Context,
  answers: Answers,
  form: FormContext,
  today: string,
): Promise<string[]> {
  const row = await ctx.db
    .selectFrom('form')
    .select('definition')
    .where('action_id', '=', actionId)
    .executeTakeFirstOrThrow();
  return checkAnswers(formDefinitionSchema.parse(row.definition), form, answers, { today }).contradictions.map(
    contradictionKey,
  );
}

/** Answers that come by another door are written down by support, or sent by a hospital's own system. */
async function tell(cast: Cast, actionId: number, player: Player, form: FormContext): Promise<void> {
  const { support } = cast;
  const today = support.now().toISOString().slice(0, 10);
  const door =
    player.habit === 'email' || player.habit === 'post'
      ? player.habit
      : player.habit === 'hospital-system'
        ? 'api'
        : 'telephone';
  const wish = (): Wish => (player.random.chance(0.25) ? { skip: (code) => code === 'RUO' } : {});
  if (door === 'telephone') {
    const reached = player.random.chance(0.8);
    const said = reached ? fillAnswers(player, form, today, wish()) : null;
    return callParty(cast, actionId, player, said);
  }
  const answers = fillAnswers(player, form, today, wish());
  if (door === 'email' && player.contactId !== null) {
    if (await answerByMail(cast, actionId, player.contactId, form, answers)) return;
  }
  done(
    await recordReply(support, {
      actionId,
      partyId: player.partyId,
      contactId: player.contactId,
      door,
      language: player.language,
      answers,
      sourceFileId: null,
    }),
    `record what ${player.party} said`,
  );
}

async function pointElsewhere(cast: Cast, actionId: number, player: Player): Promise<void> {
  const ctx = asContact(cast, player);
  done(
    await proposeContactChange(
      ctx,
      { actionId, partyId: player.partyId, contactId: player.contactId ?? 0, door: 'web' },
      {
        kind: player.random.chance(0.5) ? 'forward' : 'left',
        name: 'Kim Beispiel',
        title: 'IT security',
        email: player.email.replace(/^[^@]+/, 'security'),
        phone: '',
        languages: [player.language],
        note: '',
      },
    ),
    'propose another contact',
  );
}
