/** What comes back by mail in the sample: real messages, kept and read by the post room like any other. */
import type { Context } from '../src/app/context.ts';
import { returnPath } from '../src/app/delivery-address.ts';
import { decideMessage } from '../src/app/message-decide.ts';
import { readMessages } from '../src/app/message-read.ts';
import { keepMessages } from '../src/app/messages.ts';
import type { Answers, FormContext } from '../src/domain/form.ts';
import type { FailureClass } from '../src/domain/mail.ts';
import { type Cast, done } from './action.ts';
import { type AnsweredLetter, bounceMail, delayMail, personMail } from './mails.ts';
import { seededRandom } from './random.ts';

/** A letter of the action that left, with whom it went to. */
interface SentLetter extends AnsweredLetter {
  deliveryId: number;
  contactId: number | null;
  name: string;
  languages: readonly string[];
}

async function sentLetters(ctx: Context, actionId: number, contactId?: number): Promise<SentLetter[]> {
  const rows = await ctx.db
    .selectFrom('delivery as d')
    .innerJoin('contact as k', 'k.id', 'd.contact_id')
    .select(['d.id', 'd.contact_id', 'd.message_id', 'd.address', 'd.state_since', 'k.name', 'k.languages'])
    .where('d.action_id', '=', actionId)
    .where('d.kind', '=', 'notice')
    .where('d.channel', '=', 'email')
    .where('d.state', 'in', ['sent', 'delivered', 'opened'])
    .$if(contactId !== undefined, (query) => query.where('d.contact_id', '=', contactId ?? 0))
    .orderBy('d.id')
    .execute();
  return rows.map((row) => ({
    deliveryId: row.id,
    contactId: row.contact_id,
    name: row.name,
    languages: row.languages,
    messageId: row.message_id,
    to: row.address,
    returnPath: returnPath(ctx.settings, row.id),
    from: /<([^<>]+)>/.exec(ctx.settings.mailFrom)?.[1] ?? ctx.settings.mailFrom,
    subject: 'URGENT MEDICAL DEVICE RECALL',
    date: row.state_since,
  }));
}

/** Hands mails to the post room and lets it read them. */
async function bring(cast: Cast, mails: readonly Buffer[]): Promise<number[]> {
  const kept = done(
    await keepMessages(
      cast.system,
      mails.map((raw) => ({ raw, door: 'sample' as const, mailbox: 'answers' })),
    ),
    'keep mail',
  );
  done(await readMessages(cast.system), 'read mail');
  return kept.map((one) => one.id);
}

/** Letters that came back: people who have left, full mailboxes, domains that are gone. */
export async function bounceSome(cast: Cast, actionId: number): Promise<void> {
  const random = seededRandom(77);
  const mails: Buffer[] = [];
  for (const [index, letter] of (await sentLetters(cast.system, actionId)).entries()) {
    if (!random.chance(0.028)) continue;
    const failure: FailureClass = random.chance(0.8) ? 'hard' : 'mailbox-full';
    mails.push(bounceMail(letter, { failure, words: index, plain: index % 5 === 0, at: cast.system.now() }));
  }
  await bring(cast, mails);
}

/** What else comes to the address of a release within days: absences, letters that are late, questions. */
export async function writeBack(cast: Cast, actionId: number): Promise<void> {
  // A stream of its own: nothing else in the sample moves by it.
  const random = seededRandom(913);
  const mails: Buffer[] = [];
  for (const letter of await sentLetters(cast.system, actionId)) {
    const luck = random.next();
    const person = { from: { name: letter.name, address: letter.to }, at: cast.system.now() };
    if (luck < 0.03) {
      mails.push(
        personMail(letter, {
          ...person,
          subject: 'Automatic reply',
          text: 'I am out of the office until Monday and will answer then.',
          automatic: true,
        }),
      );
    } else if (luck < 0.04) mails.push(delayMail(letter, cast.system.now()));
    else if (luck < 0.046)
      mails.push(
        personMail(letter, {
          ...person,
          text: questionIn(letter.languages, random.pick(QUESTIONS)),
          html: random.chance(0.5),
        }),
      );
  }
  await bring(cast, mails);
}

/** What people ask, each in the languages they ask it in. */
const QUESTIONS: readonly Readonly<Record<string, string>>[] = [
  {
    en: 'Does the patch have to be installed in both modes?',
    de: 'Muss der Patch in beiden Modi installiert werden?',
    it: 'La patch va installata in entrambe le modalità?',
  },
  {
    en: 'How can we install the patch without a connection to the Internet?',
    de: 'Wie können wir den Patch ohne Internetverbindung einspielen?',
    it: 'Come possiamo installare la patch senza connessione a Internet?',
  },
  {
    en: 'Does the patch block remote access? How can we work afterwards?',
    de: 'Sperrt der Patch den Fernzugriff? Wie können wir danach arbeiten?',
    it: 'La patch blocca l’accesso remoto? Come possiamo lavorare dopo?',
  },
];

const questionIn = (languages: readonly string[], question: Readonly<Record<string, string>>): string =>
  question[languages[0] ?? 'en'] ?? question.en ?? '';

const statements: Readonly<Record<string, string>> = {
  done: 'patch installed on',
  'not-yet': 'not yet installed, the instrument is in use',
  gone: 'we no longer have this one, scrapped',
};

/**
 * A laboratory answers in its own words: a line for each correction. Support reads it beside what the post room made of
 * it and accepts it with one press, without typing anything.
 */
export async function answerByMail(
  cast: Cast,
  actionId: number,
  contactId: number,
  form: FormContext,
  answers: Answers,
): Promise<boolean> {
  const [letter] = await sentLetters(cast.system, actionId, contactId);
  if (!letter) return false;
  const rows = form.units.flatMap((unit) =>
    unit.corrections.flatMap((correction) => {
      const said = answers.corrections[String(correction.id)];
      const words = statements[String(said?.status)];
      if (words === undefined) return [];
      const on = said?.status === 'done' && said['done-on'] ? ` ${said['done-on']}` : '';
      return [`${unit.serial} ${correction.environment}: ${words}${on}`];
    }),
  );
  const text = `Dear all,\n\nwe confirm receipt of the notice.\n\n${rows.join('\n')}\n\nKind regards\n${letter.name}`;
  const from = { name: letter.name, address: letter.to };
  const [id] = await bring(cast, [personMail(letter, { from, at: cast.system.now(), text, html: true })]);
  if (id === undefined) return false;
  done(await decideMessage(cast.support, id, { how: 'accept', outcome: '' }), 'accept a mail');
  return true;
}
