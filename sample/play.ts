import { recordAttempt } from '../src/app/attempts.ts';
import { verifyCorrections } from '../src/app/confirmations.ts';
import { proposeContactChange } from '../src/app/contact-changes.ts';
import { asActor, type Context, transact } from '../src/app/context.ts';
import { missDeadlines } from '../src/app/deadlines.ts';
import { sendDueDeliveries } from '../src/app/delivery-send.ts';
import { reportCompromise } from '../src/app/incidents.ts';
import { markLinkOpened } from '../src/app/links.ts';
import { loadFormContext } from '../src/app/queries/portal.ts';
import { sendReminders } from '../src/app/reminders.ts';
import { recordReply, sendReply } from '../src/app/replies.ts';
import { endTask, ownTask } from '../src/app/task-work.ts';
import { type Answers, emptyAnswers, type FormContext } from '../src/domain/form.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { type Cast, done } from './action.ts';
import { playDownloads } from './patch.ts';
import { answerByMail, bounceSome, writeBack } from './post.ts';
import type { Stage } from './progress.ts';
import { type Random, seededRandom } from './random.ts';

/** A clock that the sample moves: every row gets the hour it would have had. */
export interface PlayClock {
  now(): Date;
  moveTo(at: Date): void;
}

export function playClock(start: string): PlayClock {
  let at = new Date(start);
  return {
    // Two things never happen at the same moment.
    now: () => {
      at = new Date(at.getTime() + 1);
      return at;
    },
    moveTo: (next) => {
      if (next > at) at = next;
    },
  };
}

/** How a party behaves: what it does, and on which day after the letter. */
type Habit =
  | 'prompt'
  | 'receipt-first'
  | 'one-mode'
  | 'blocked'
  | 'contradicts'
  | 'moved'
  | 'scrapped'
  | 'telephone'
  | 'email'
  | 'post'
  | 'hospital-system'
  | 'wrong-person'
  | 'compromise'
  | 'unknown-unit'
  | 'silent';

const HABITS: readonly [habit: Habit, share: number][] = [
  ['prompt', 40],
  ['receipt-first', 16],
  ['one-mode', 9],
  ['email', 7],
  ['blocked', 5],
  ['silent', 5],
  ['telephone', 5],
  ['contradicts', 3],
  ['hospital-system', 3],
  ['wrong-person', 2],
  ['moved', 2],
  ['scrapped', 1],
  ['post', 1],
  ['unknown-unit', 1],
];

interface Player {
  partyId: number;
  party: string;
  contactId: number | null;
  linkId: number | null;
  contact: string;
  language: string;
  email: string;
  habit: Habit;
  /** Days after the release on which it acts, in order. */
  days: number[];
  random: Random;
}

const DAYS = 38;
const MS_PER_DAY = 86_400_000;

/** Plays the weeks after the release, day by day: bounces, answers of every kind, reminders, calls, verification. */
export async function playWeeks(
  cast: Cast,
  clock: PlayClock,
  action: { actionId: number; releasedAt: Date },
  stage: Stage,
): Promise<void> {
  const players = await castPlayers(cast.system, action.actionId);
  stage.total(DAYS);
  for (let day = 0; day <= DAYS; day++) {
    clock.moveTo(new Date(action.releasedAt.getTime() + day * MS_PER_DAY));
    if (day === 0) await bounceSome(cast, action.actionId);
    if (day === 1) await writeBack(cast, action.actionId);
    const today = players.filter((player) => player.days.includes(day));
    const silent = day === 12 ? players.filter((player) => player.habit === 'silent') : [];
    await playDownloads(
      cast,
      action.actionId,
      day,
      [...today, ...silent].map((player) => ({ ...player, silent: player.habit === 'silent' })),
    );
    for (const [index, player] of today.entries()) {
      // Answers are spread over a working day.
      clock.moveTo(
        new Date(action.releasedAt.getTime() + day * MS_PER_DAY + Math.floor((index / today.length) * 9 * 3_600_000)),
      );
      await act(cast, action.actionId, player, player.days.indexOf(day));
    }
    clock.moveTo(new Date(action.releasedAt.getTime() + day * MS_PER_DAY + 10 * 3_600_000));
    await sendReminders(cast.system);
    await missDeadlines(cast.system);
    await sendDueDeliveries(cast.system);
    await deskWork(cast, action.actionId, day);
    stage.step();
  }
}

async function castPlayers(ctx: Context, actionId: number): Promise<Player[]> {
  const rows = await ctx.db
    .selectFrom('obligation as o')
    .innerJoin('party as p', 'p.id', 'o.party_id')
    .leftJoin('link as l', (join) => join.onRef('l.party_id', '=', 'o.party_id').on('l.action_id', '=', actionId))
    .leftJoin('contact as k', 'k.id', 'l.contact_id')
    .select([
      'o.party_id',
      'p.name as party',
      'o.audience',
      'l.id as link',
      'k.id as contact',
      'k.name',
      'k.email',
      'k.languages',
      'k.role',
    ])
    .where('o.action_id', '=', actionId)
    .orderBy('o.party_id')
    .orderBy('k.id')
    .execute();
  const all = seededRandom(1230);
  const players = new Map<number, Player>();
  for (const row of rows) {
    if (players.has(row.party_id)) continue;
    const random = all.fork(`party ${row.party_id}`);
    let habit = pickHabit(random);
    if (row.audience === 'distributor') habit = random.chance(0.7) ? 'prompt' : 'telephone';
    if (row.link === null) habit = 'telephone';
    const first = responseDay(random);
    const second = first + random.between(2, 9);
    const days: Record<Habit, number[]> = {
      prompt: [first],
      'receipt-first': [Math.min(first, 3), second],
      'one-mode': [first, second + 4],
      blocked: [first],
      contradicts: [first],
      moved: [first],
      scrapped: [first],
      telephone: [random.between(17, 32)],
      email: [first + 1],
      post: [random.between(9, 20)],
      'hospital-system': [first],
      'wrong-person': [random.between(1, 4), random.between(10, 20)],
      compromise: [random.between(1, 6)],
      'unknown-unit': [first],
      silent: [],
    };
    players.set(row.party_id, {
      partyId: row.party_id,
      party: row.party,
      contactId: row.contact,
      linkId: row.link,
      contact: row.name ?? 'the laboratory',
      language: row.languages?.[0] ?? 'en',
      email: row.email || 'answer@lab.example',
      habit,
      days: days[habit],
      random,
    });
  }
  // Two laboratories saw something strange: known in advance, so that the demo always shows it.
  const strange = [...players.values()]
    .filter((player) => player.habit === 'prompt' && player.linkId !== null)
    .slice(20, 22);
  for (const player of strange) Object.assign(player, { habit: 'compromise', days: [player.random.between(1, 4)] });
  return [...players.values()];
}

function pickHabit(random: Random): Habit {
  let at = random.next() * HABITS.reduce((sum, [, share]) => sum + share, 0);
  for (const [habit, share] of HABITS) {
    at -= share;
    if (at < 0) return habit;
  }
  return 'silent';
}

/** Most answer within the five working days, some after a reminder. */
function responseDay(random: Random): number {
  const luck = random.next();
  if (luck < 0.62) return random.between(0, 6);
  if (luck < 0.88) return random.between(7, 14);
  return random.between(15, 30);
}

async function act(cast: Cast, actionId: number, player: Player, turn: number): Promise<void> {
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

interface Wish {
  receiptOnly?: boolean;
  skip?: (environment: string) => boolean;
  blocked?: boolean;
  claimAll?: boolean;
  gone?: 'moved' | 'scrapped';
  extra?: boolean;
}

/** Fills the form as this party would. */
function fill(player: Player, form: FormContext, today: string, wish: Wish): Answers {
  const answers = emptyAnswers();
  const random = player.random;
  let open = false;
  form.units.forEach((unit, index) => {
    const connected = unit.connected ?? random.chance(0.7);
    answers.units[String(unit.id)] = { connected: connected ? 'yes' : 'no', 'software-installed': 'yes' };
    for (const correction of unit.corrections) {
      const key = String(correction.id);
      if (wish.gone && index === 0) {
        answers.corrections[key] =
          wish.gone === 'moved'
            ? { status: 'gone', 'gone-how': 'moved', 'gone-to': 'Partner laboratory in the same town' }
            : { status: 'gone', 'gone-how': 'scrapped' };
      } else if (wish.skip?.(correction.environment)) {
        open = true;
        answers.corrections[key] = { status: 'not-yet', reason: 'in-use' };
      } else if (wish.blocked) {
        open = true;
        answers.corrections[key] = {
          status: 'not-yet',
          reason: random.chance(0.7) ? 'needs-web-interface' : 'waiting-for-it',
        };
      } else if (correction.state !== 'open' && correction.state !== 'blocked') {
        answers.corrections[key] = { status: 'done', 'done-on': today, 'backed-up': 'yes' };
      } else {
        answers.corrections[key] = {
          status: 'done',
          'done-on': today,
          'backed-up': random.chance(0.992) ? 'yes' : 'no',
        };
      }
    }
  });
  if (wish.extra) {
    const product = form.products[0];
    if (product)
      answers.extra.push({
        product: String(product.id),
        serial: `NB9${random.between(10_000, 99_999)}`,
        environments: product.environments.map((one) => one.code),
      });
  }
  answers.party = {
    received: 'yes',
    understood: 'yes',
    compromise: 'no',
    'users-informed': 'yes',
    'others-told': ['users', 'it'],
    'all-patched': wish.claimAll || !open ? 'yes' : 'no',
    'passed-on': 'no',
    organisation: player.party,
    'organisation-address': '1 Sample Road',
    'signer-name': player.contact,
    'signer-title': 'Head of laboratory',
    'signer-email': player.email,
    'signer-phone': '+00 000 0000',
    'signed-on': today,
    acknowledge: 'yes',
    statement: 'yes',
    ...(form.role === 'distributor'
      ? {
          'distributor-applies': 'applies',
          'customers-identified': 'yes',
          'customer-list': random.chance(0.5) ? 'by-email' : 'not-wished',
          'customer-list-reason': 'Our customer list is our own; we pass the notice on ourselves.',
          'customers-informed': 'yes',
          'customers-informed-on': today,
          confirmations: 'some',
          'stock-checked': 'yes',
          'stock-checked-on': today,
          'quarantined-quantity': 0,
        }
      : {}),
  };
  return answers;
}

function asContact(cast: Cast, player: Player): Context {
  return asActor(cast.system, {
    kind: 'contact',
    linkId: player.linkId ?? 0,
    contactId: player.contactId ?? 0,
    partyId: player.partyId,
    name: player.contact,
  });
}

/** Answers on the personal page: what the form finds contradictory is sent all the same, as people do. */
async function answer(cast: Cast, actionId: number, player: Player, form: FormContext, wish: Wish): Promise<void> {
  if (player.linkId === null) return tell(cast, actionId, player, form);
  const ctx = asContact(cast, player);
  await transact(ctx, (tx) => markLinkOpened(tx, ctx, player.linkId ?? 0));
  const today = ctx.now().toISOString().slice(0, 10);
  const answers = fill(player, form, today, wish);
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
  const { checkAnswers } = await import('../src/domain/form-check.ts');
  const { contradictionKey } = await import('../src/app/replies.ts');
  const { formDefinitionSchema } = await import('../src/domain/form.ts');
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
  if (door === 'telephone') {
    const reached = player.random.chance(0.8);
    done(
      await recordAttempt(support, {
        partyId: player.partyId,
        contactId: player.contactId,
        actionId,
        taskId: null,
        kind: 'call',
        outcome: reached ? 'reached' : 'no-answer',
        text: reached ? 'Spoke with the laboratory; the answer was written down on the telephone.' : 'Nobody answered.',
        tracking: '',
      }),
      'record a call',
    );
    if (!reached) return;
  }
  const answers = fill(player, form, today, player.random.chance(0.25) ? { skip: (code) => code === 'RUO' } : {});
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

async function reportStrange(cast: Cast, actionId: number, player: Player, form: FormContext): Promise<void> {
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

/** What support and quality do each day: take tasks, call, verify what was stated. */
async function deskWork(cast: Cast, actionId: number, day: number): Promise<void> {
  const { support, quality } = cast;
  const random = seededRandom(500 + day);
  const tasks = await support.db
    .selectFrom('task')
    .select(['id', 'kind'])
    .where('action_id', '=', actionId)
    .where('state', '=', 'open')
    .where('kind', 'in', ['bounce', 'telephone', 'contradiction', 'support', 'moved'])
    .orderBy('id')
    .limit(6)
    .execute();
  for (const task of tasks) {
    if (!random.chance(0.5)) continue;
    done(await ownTask(support, task.id, {}), 'take a task');
    if (random.chance(0.6))
      done(
        await endTask(support, task.id, { state: 'done', outcome: 'Spoke with the laboratory; mended.' }),
        'end a task',
      );
  }
  if (day < 3) return;
  // Each day a service engineer looks at some of the instruments whose correction was stated.
  const stated = await quality.db
    .selectFrom('correction')
    .select('id')
    .where('action_id', '=', actionId)
    .where('state', '=', 'stated')
    .where('contradicted', '=', false)
    .orderBy('state_since')
    .limit(60)
    .execute();
  const ids = stated.filter(() => random.chance(0.75)).map((row) => row.id);
  if (ids.length > 0) {
    done(
      await verifyCorrections(quality, {
        correctionIds: ids,
        reason: 'Patch level read from the instrument during remote service.',
        doneOn: null,
      }),
      'verify corrections',
    );
  }
}
