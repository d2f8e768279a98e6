/** What the page of one call shows and its forms work on. */
import { type Claim, runningClaim } from '../../../app/call-claims.ts';
import type { Context } from '../../../app/context.ts';
import { loadCalendars } from '../../../app/deadlines.ts';
import { loadNoticeFacts } from '../../../app/notice-facts.ts';
import { loadAttempts } from '../../../app/queries/attempts.ts';
import { type CallRow, callScope, loadCallLine } from '../../../app/queries/calls.ts';
import { loadFormContext } from '../../../app/queries/portal.ts';
import { loadTroubles } from '../../../app/reach-troubles.ts';
import { phoneDigits } from '../../../domain/call.ts';
import { type CallHours, callHours } from '../../../domain/call-hours.ts';
import { type FormContext, type FormDefinition, formDefinitionSchema } from '../../../domain/form.ts';
import { refuse } from '../../../domain/refusal.ts';
import { type C, idParam } from '../../context.ts';
import { answerRefusal } from '../../refusal.tsx';
import { chooseLanguage, type Translate, translator } from '../../translate.ts';
import { type ActionRow, withAction } from '../actions/action-page.tsx';

/** Somebody who can be called. */
export interface Callee {
  id: number;
  name: string;
  title: string;
  role: string;
  email: string;
  phone: string;
  languages: string[];
  channel: string;
  status: string;
  /** Where a letter on paper goes: the street and town of the site, else of the party; '' without a street. */
  address: string;
  /** The number proved wrong. */
  bad: boolean;
}

export interface Call {
  action: ActionRow;
  party: {
    id: number;
    name: string;
    ref: string;
    country: string;
    region: string;
    phone: string;
    badPhone: boolean;
  };
  callees: Callee[];
  /** Whom the page is about; undefined: the switchboard. */
  callee: Callee | undefined;
  /** Its line of the list of calls, when it has to be called. */
  line: CallRow | undefined;
  hours: CallHours;
  claim: Claim | undefined;
  taskId: number | undefined;
  form: { id: number; definition: FormDefinition } | undefined;
  context: FormContext | undefined;
  owed: { state: string; corrections_open: number; corrections_total: number; reminders_sent: number };
  attempts: Awaited<ReturnType<typeof loadAttempts>>;
  tasks: { id: number; kind: string; owner_name: string }[];
  /** The letter they have, for reading along. */
  letter: { id: number; state: string; languages: string[] } | undefined;
  /** Facts of the notice: who calls for whom, the number to call back. */
  facts: { manufacturer: string; phone: string };
  /** The language of the call. */
  own: Translate;
  /** Languages to choose among: of the contact, of the country's notice, English. */
  languages: string[];
  /** `YYYY-MM-DD`, there. */
  today: string;
}

const number = (text: string | undefined): number | undefined =>
  /^[1-9]\d{0,15}$/.test(text ?? '') ? Number(text) : undefined;

/**
 * Runs a page of one call of the path /actions/:id/calls/:partyId, or says that there is none.
 * @param chosen what a form that is shown again had chosen; else the query says
 */
export function withCall(
  c: C,
  page: (call: Call) => Promise<Response>,
  chosen: { whom?: string; language?: string } = {},
): Promise<Response> {
  return withAction(c, async (action) => {
    const partyId = idParam(c, 'partyId') ?? 0;
    const call = await loadCall(c, action, partyId, {
      contactId: number(chosen.whom?.replace(/^contact-/, '') ?? c.req.query('contact')),
      switchboard: (chosen.whom ?? c.req.query('contact')) === 'party',
      language: chosen.language ?? c.req.query('lang'),
    });
    return call ? page(call) : answerRefusal(c, refuse('call.unknown', { partyId }), `/actions/${action.id}/calls`);
  });
}

async function loadCall(
  c: C,
  action: ActionRow,
  partyId: number,
  wish: { contactId: number | undefined; switchboard: boolean; language: string | undefined },
): Promise<Call | undefined> {
  const ctx: Context = c.get('ctx');
  const { db } = ctx;
  const owed = await db
    .selectFrom('obligation as o')
    .innerJoin('party as p', 'p.id', 'o.party_id')
    .select(['o.state', 'o.corrections_open', 'o.corrections_total', 'o.reminders_sent'])
    .select(['p.id', 'p.name', 'p.ref', 'p.country', 'p.region', 'p.phone'])
    .where('o.action_id', '=', action.id)
    .where('o.party_id', '=', partyId)
    .executeTakeFirst();
  if (!owed) return undefined;
  const scope = await callScope(ctx, action.id);
  const line = await loadCallLine(db, scope, partyId);
  const troubles = await loadTroubles(db, partyId);
  const bad = new Set(troubles.filter((one) => one.kind === 'phone').map((one) => one.value));
  const callees = (await loadContacts(ctx, partyId)).map(({ street, postcode, city, ...one }) => ({
    ...one,
    address: street === '' ? '' : [street, `${postcode} ${city}`.trim()].filter(Boolean).join(', '),
    bad: bad.has(phoneDigits(one.phone)),
  }));
  const wanted = wish.contactId ?? line?.contact_id ?? undefined;
  const callee = wish.switchboard ? undefined : (callees.find((one) => one.id === wanted) ?? callees[0]);
  const form = await loadForm(ctx, action.id);
  const { values } = await loadNoticeFacts(db, action.id);
  const text = (name: string): string => (typeof values[name] === 'string' ? values[name] : '');
  const known = callee?.languages ?? [];
  const zone = line?.zone ?? (await siteZone(ctx, partyId));
  const calendarOf = await loadCalendars(db, ctx);
  const hours = callHours(ctx.now(), { country: owed.country, region: owed.region, zone }, calendarOf(owed.country));
  const letter = await loadLetter(ctx, action.id, partyId);
  const own = translator(
    chooseLanguage({ asked: wish.language ?? null, known: [...known, ...(letter?.languages ?? [])] }),
  );
  const languages = [...known, ...(letter?.languages ?? []), own.language, 'en'].map(
    (code) => translator(code).language,
  );
  return {
    action,
    party: { ...owed, badPhone: bad.has(phoneDigits(owed.phone)) },
    callees,
    callee,
    line,
    hours,
    claim: await runningClaim(db, action.id, partyId, ctx.now()),
    taskId: number(c.req.query('task')),
    form,
    context: await loadFormContext(db, action.id, partyId),
    owed,
    attempts: await loadAttempts(db, { partyId, actionId: action.id, limit: 30 }),
    tasks: await db
      .selectFrom('task')
      .select(['id', 'kind', 'owner_name'])
      .where('party_id', '=', partyId)
      .where('state', '=', 'open')
      .orderBy('priority')
      .orderBy('id')
      .limit(6)
      .execute(),
    letter,
    facts: { manufacturer: text('manufacturer.name'), phone: text('contact.phone') },
    own,
    languages: [...new Set(languages)],
    today: hours.localDay,
  };
}

function loadContacts(ctx: Context, partyId: number) {
  return ctx.db
    .selectFrom('contact as c')
    .innerJoin('party as p', 'p.id', 'c.party_id')
    .leftJoin('site as s', 's.id', 'c.site_id')
    .select(['c.id', 'c.name', 'c.title', 'c.role', 'c.email', 'c.phone', 'c.languages', 'c.channel', 'c.status'])
    .select((eb) => [
      eb.fn.coalesce('s.street', 'p.street').as('street'),
      eb.fn.coalesce('s.postcode', 'p.postcode').as('postcode'),
      eb.fn.coalesce('s.city', 'p.city').as('city'),
    ])
    .where('c.party_id', '=', partyId)
    .where('c.status', 'in', ['active', 'unreachable'])
    .orderBy((eb) => eb('c.status', '=', 'active'), 'desc')
    .orderBy((eb) => eb('c.phone', '<>', ''), 'desc')
    .orderBy((eb) => eb('c.role', '=', 'recall'), 'desc')
    .orderBy('c.id')
    .limit(20)
    .execute();
}

async function loadForm(ctx: Context, actionId: number): Promise<Call['form']> {
  const row = await ctx.db
    .selectFrom('form')
    .select(['id', 'definition'])
    .where('action_id', '=', actionId)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && { id: row.id, definition: formDefinitionSchema.parse(row.definition) };
}

async function siteZone(ctx: Context, partyId: number): Promise<string> {
  const site = await ctx.db
    .selectFrom('site')
    .select('zone')
    .where('party_id', '=', partyId)
    .where('zone', '<>', '')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  return site?.zone ?? '';
}

function loadLetter(ctx: Context, actionId: number, partyId: number) {
  return ctx.db
    .selectFrom('delivery')
    .select(['id', 'state', 'languages'])
    .where('action_id', '=', actionId)
    .where('party_id', '=', partyId)
    .where('kind', '=', 'notice')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** The units as one says them: `NB550123, NB550124 and 3 more`. */
export function unitsInWords(context: FormContext | undefined): { count: number; units: string } {
  const units = context?.units ?? [];
  const named = units.slice(0, 3).map((unit) => unit.serial);
  const rest = units.length - named.length;
  return { count: units.length, units: rest > 0 ? `${named.join(', ')} … (+${rest})` : named.join(', ') };
}

/** Where the page of a call is, with what was chosen on it. */
export function callPath(call: Pick<Call, 'action' | 'party' | 'taskId'>): string {
  const path = `/actions/${call.action.id}/calls/${call.party.id}`;
  return call.taskId === undefined ? path : `${path}?task=${call.taskId}`;
}
