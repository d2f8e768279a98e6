import { sql } from 'kysely';
import type { Door } from '../../db/schema.ts';
import {
  type Answers,
  answersSchema,
  type FormContext,
  type FormDefinition,
  type FormUnit,
  formDefinitionSchema,
} from '../../domain/form.ts';
import type { Contradiction } from '../../domain/form-contradictions.ts';
import type { Reader } from '../context.ts';
import type { ReplySignature } from '../replies.ts';
import { idFilter, type ListDefinition, likeAnywhere, where } from './list.ts';
import { loadFormContext } from './portal.ts';

export interface ReplyRow {
  id: number;
  received_at: Date;
  party_id: number;
  party: string;
  country: string;
  door: Door;
  language: string;
  signer: string | null;
  recorded_by: string;
  contradictions: number;
  confirmations: number;
}

export const doors: readonly Door[] = [
  'web',
  'pdf',
  'email',
  'scan',
  'spreadsheet',
  'telephone',
  'post',
  'api',
  'instrument',
];

/** What came back in one action, by every door. */
export const replyList: ListDefinition<ReplyRow, { actionId: number }> = {
  name: 'replies',
  rows: ({ filters, q }, { actionId }) => sql<ReplyRow>`
    select r.id, r.received_at, r.party_id, p.name as party, p.country, r.door, r.language, r.signature->>'name' as signer,
        r.recorded_by, jsonb_array_length(r.contradictions)::int as contradictions,
        (select count(*)::int from confirmation f where f.reply_id = r.id) as confirmations
      from reply r join party p on p.id = r.party_id
    ${where(
      sql`r.action_id = ${actionId}`,
      filters.door && sql`r.door = ${filters.door}`,
      filters.language && sql`r.language = ${filters.language}`,
      filters.country && sql`p.country = ${filters.country}`,
      filters.party && sql`r.party_id = ${idFilter(filters.party)}`,
      filters.contradicted && sql`jsonb_array_length(r.contradictions) > 0`,
      q !== '' &&
        sql`(lower(p.name) like ${likeAnywhere(q.toLowerCase())} or lower(r.signature->>'name') like ${likeAnywhere(q.toLowerCase())})`,
    )}`,
  sortable: ['id', 'received_at', 'party', 'country', 'door', 'language', 'contradictions'],
  defaultSort: '-received_at',
  id: 'id',
  filters: { door: doors, language: 'text', country: 'text', party: 'text', contradicted: ['yes'] },
  columns: [
    { title: 'Number', value: (row) => row.id },
    { title: 'Received', value: (row) => row.received_at.toISOString() },
    { title: 'Party', value: (row) => row.party },
    { title: 'Country', value: (row) => row.country },
    { title: 'Door', value: (row) => row.door },
    { title: 'Language', value: (row) => row.language },
    { title: 'Signed by', value: (row) => row.signer },
    { title: 'Recorded by', value: (row) => row.recorded_by },
    { title: 'Corrections answered', value: (row) => row.confirmations },
    { title: 'Contradictions', value: (row) => row.contradictions },
  ],
};

export interface ReplyDetail {
  id: number;
  action_id: number;
  reference: string;
  party_id: number;
  party: string;
  country: string;
  contact: string | null;
  door: Door;
  received_at: Date;
  language: string;
  recorded_by: string;
  signature: ReplySignature | null;
  contradictions: Contradiction[];
  source_file_id: number | null;
  source_name: string | null;
  source_sha256: string | null;
  source_type: string | null;
  form_version: number | null;
  answers: Answers;
  definition: FormDefinition | undefined;
  /** The form as this reply answered it: its own units and corrections, though they may belong to another party now. */
  context: FormContext | undefined;
  effects: ReplyEffect[];
  tasks: { id: number; kind: string; state: string }[];
  /** The party's replies before and after this one in this action. */
  previous_id: number | null;
  next_id: number | null;
}

/** What a reply said of one correction, and where that correction stands today. */
export interface ReplyEffect {
  correction_id: number;
  unit_id: number;
  serial: string;
  environment: string;
  claim: string;
  done_on: string | null;
  reason: string;
  state: string;
  /** The correction's state rests on what this reply said. */
  rests: boolean;
}

/** One reply with everything its page shows; undefined when there is none of this number. */
export async function loadReply(reader: Reader, replyId: number): Promise<ReplyDetail | undefined> {
  const { rows } = await sql<
    Omit<ReplyDetail, 'definition' | 'context' | 'answers'> & { answers: unknown; definition: unknown }
  >`
    select r.id, r.action_id, a.reference, r.party_id, p.name as party, p.country, k.name as contact, r.door, r.received_at,
        r.language, r.recorded_by, r.signature, r.contradictions, r.source_file_id, s.name as source_name,
        s.sha256 as source_sha256, s.media_type as source_type, f.version as form_version, r.answers, f.definition,
        (select coalesce(jsonb_agg(x), '[]') from (select c.id as correction_id, c.unit_id, u.serial, e.name as environment,
            v.claim, v.done_on::text, v.reason, c.state, c.because_id = v.id as rests
          from confirmation v join correction c on c.id = v.correction_id join unit u on u.id = c.unit_id
          join environment e on e.id = c.environment_id where v.reply_id = r.id order by v.id) x) as effects,
        (select coalesce(jsonb_agg(x), '[]') from (select id, kind, state from task where reply_id = r.id order by id) x) as tasks,
        (select max(id) from reply o where o.action_id = r.action_id and o.party_id = r.party_id and o.id < r.id) as previous_id,
        (select min(id) from reply o where o.action_id = r.action_id and o.party_id = r.party_id and o.id > r.id) as next_id
      from reply r join action a on a.id = r.action_id join party p on p.id = r.party_id
      left join contact k on k.id = r.contact_id left join file s on s.id = r.source_file_id left join form f on f.id = r.form_id
      where r.id = ${replyId}`.execute(reader);
  const row = rows[0];
  if (!row) return undefined;
  const answers = answersSchema.parse(row.answers);
  const definition = formDefinitionSchema.safeParse(row.definition);
  const now = await loadFormContext(reader, row.action_id, row.party_id);
  const context = now && { ...now, units: await answeredUnits(reader, row.action_id, now, answers) };
  return { ...row, answers, definition: definition.data, context };
}

/** The units an answer speaks of, in the form's order; those that have moved away since, last. */
async function answeredUnits(
  reader: Reader,
  actionId: number,
  context: FormContext,
  answers: Answers,
): Promise<FormUnit[]> {
  const units = new Set(Object.keys(answers.units).map(Number));
  const corrections = new Set(Object.keys(answers.corrections).map(Number));
  const answered = context.units.filter(
    (unit) => units.has(unit.id) || unit.corrections.some((one) => corrections.has(one.id)),
  );
  for (const unit of answered) {
    units.delete(unit.id);
    for (const one of unit.corrections) corrections.delete(one.id);
  }
  if (units.size + corrections.size === 0) return answered;
  const { rows } = await sql<FormUnit>`
    select u.id, u.kind, u.product_id as "productId", p.name as product, u.serial, u.quantity, u.connected,
        (select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'environment', e.code, 'environmentName', e.name,
            'remedy', r.name, 'remedyKind', r.kind, 'state', c.state) order by e.position, r.position), '[]')
          from correction c join environment e on e.id = c.environment_id join remedy r on r.id = c.remedy_id
          where c.unit_id = u.id and c.action_id = ${actionId}) as corrections
      from unit u join product p on p.id = u.product_id
      where u.id = any(${[...units]}::bigint[])
        or u.id in (select unit_id from correction where id = any(${[...corrections]}::bigint[]))
      order by u.id`.execute(reader);
  return [...answered, ...rows];
}
