import { formDefinitionSchema } from '../domain/form.ts';
import { checkAnswers } from '../domain/form-check.ts';
import { parseFormBody } from '../domain/form-fields.ts';
import { bodyOfPaper, paperKey } from '../domain/paper-form.ts';
import { certainAnswers, type FoundBox, missingPages } from '../domain/paper-reading.ts';
import type { Tx } from './context.ts';
import type { KeptPaperForm } from './paper-forms.ts';
import { correctionsOfFields, loadFormContext } from './queries/portal.ts';

/** Why a form that came back waits for a person. */
export const paperReasons = [
  'no-code',
  'code-altered',
  'form-unknown',
  'other-action',
  'other-party',
  'not-placed',
  'pages-missing',
  'units-changed',
  'doubtful',
  'handwriting',
  'incomplete',
  'contradictions',
  'answered-before',
  'not-owed',
  'notes',
  'unreadable',
] as const;
export type PaperReason = (typeof paperReasons)[number];

/** The same, short, for lists and for the line of a message. */
export const paperReasonTitles: Readonly<Record<PaperReason, string>> = {
  'no-code': 'no code',
  'code-altered': 'code altered',
  'form-unknown': 'unknown form',
  'other-action': 'other action',
  'other-party': 'other party',
  'not-placed': 'page cut off',
  'pages-missing': 'pages missing',
  'units-changed': 'units changed',
  doubtful: 'doubtful boxes',
  handwriting: 'handwriting',
  incomplete: 'incomplete',
  contradictions: 'contradictions',
  'answered-before': 'taken before',
  'not-owed': 'not owed',
  notes: 'notes on it',
  unreadable: 'not readable',
};

/** A form that came back, as far as it was put together. */
export interface FoundForm {
  form: KeptPaperForm;
  boxes: readonly FoundBox[];
  /** Which of its pages are there. */
  pages: readonly (number | null)[];
  /** `pdf`: every box was filled in on a screen. */
  door: 'pdf' | 'scan';
  /** What was noticed while its pages were sorted. */
  noticed: readonly PaperReason[];
  /** Whom the file came from, as far as the way says; when it came starts clocks. */
  from: { action_id: number | null; party_id: number | null; received_at: Date };
}

/** Everything about a form that a person has to look at; nothing means that it can be taken by itself. */
export async function reasonsOf(tx: Tx, found: FoundForm): Promise<PaperReason[]> {
  const { form, boxes, door, from } = found;
  const reasons = new Set(found.noticed);
  if (from.action_id !== null && from.action_id !== form.actionId) reasons.add('other-action');
  else if (from.party_id !== null && from.party_id !== form.partyId) reasons.add('other-party');
  const there = found.pages.filter((page) => page !== null);
  if (missingPages(form.pages, there).length > 0) reasons.add('pages-missing');
  if (boxes.some((box) => !box.sure && box.value !== '')) reasons.add('doubtful');
  if (boxes.some((box) => !box.sure && box.value === '')) reasons.add('handwriting');
  const context = await loadFormContext(tx, form.actionId, form.partyId, correctionsOfFields(form.layout.fields));
  const asked = await tx
    .selectFrom('form')
    .select(['id', 'definition'])
    .where('action_id', '=', form.actionId)
    .orderBy('version', 'desc')
    .executeTakeFirst();
  if (!context || !asked) return [...reasons.add('not-owed')];
  const known = new Set(context.units.flatMap((unit) => [`u${unit.id}`, ...unit.corrections.map((c) => `c${c.id}`)]));
  const said = certainAnswers(boxes);
  const strange = form.layout.fields.some(
    (field) => /^[uc]\d/.test(field.name) && said.has(paperKey(field)) && !known.has(field.name.split('.')[0] ?? ''),
  );
  if (strange || asked.id !== form.formId) reasons.add('units-changed');
  const definition = formDefinitionSchema.parse(asked.definition);
  const answers = parseFormBody(definition, context, bodyOfPaper(form.layout, said));
  const check = checkAnswers(definition, context, answers, { today: from.received_at.toISOString().slice(0, 10) });
  if (door === 'pdf' && check.errors.length > 0) reasons.add('incomplete');
  if (door === 'scan' && check.errors.some((error) => error.code !== 'required' && error.code !== 'must-be'))
    reasons.add('incomplete');
  // Nobody has typed the signer's name of a scan yet, so its reply is never complete by itself.
  if (door === 'scan' && reasons.size === 0) reasons.add('handwriting');
  if (check.contradictions.length > 0) reasons.add('contradictions');
  return [...reasons];
}
