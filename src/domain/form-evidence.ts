/** What a sent form means: evidence for the ledger, changes of units, and what somebody at the desk must look at. */
import type { AnswerSet, Answers, AnswerValue, FormContext, FormDefinition } from './form.ts';
import { pruneAnswers } from './form-asked.ts';
import { fieldName, toFields } from './form-fields.ts';

export type StatedClaim = 'done' | 'not-yet' | 'not-affected' | 'gone' | 'unknown';

/** What the sender says about one correction. `reason`: the code of the form; `detail`: the rest, as said. */
export type StatedEvidence = {
  correctionId: number;
  claim: StatedClaim;
  doneOn?: string;
  backedUp?: boolean;
  reason?: string;
  detail?: Record<string, string | number>;
};

const CLAIMS: ReadonlySet<string> = new Set(['done', 'not-yet', 'not-affected', 'gone', 'unknown']);

/** One entry for each correction that was answered, in the order of the form. */
export function evidenceFromAnswers(
  definition: FormDefinition,
  context: FormContext,
  allAnswers: Answers,
): StatedEvidence[] {
  const answers = pruneAnswers(definition, context, allAnswers);
  return context.units.flatMap((unit) =>
    unit.corrections.flatMap((correction) => {
      const given = answers.corrections[correction.id];
      return isClaim(given?.status) ? [statedEvidence(correction.id, given.status, given)] : [];
    }),
  );
}

function isClaim(status: AnswerValue | undefined): status is StatedClaim {
  return typeof status === 'string' && CLAIMS.has(status);
}

const REASONS = ['reason', 'not-affected-why', 'gone-how'];
const DETAILS: Readonly<Record<string, string>> = {
  'reason-text': 'text',
  'not-affected-text': 'text',
  'planned-on': 'plannedOn',
  'gone-to': 'to',
  'gone-on': 'on',
  'gone-quantity': 'quantity',
  'done-quantity': 'quantity',
};

function statedEvidence(correctionId: number, claim: StatedClaim, given: AnswerSet): StatedEvidence {
  const evidence: StatedEvidence = { correctionId, claim };
  const doneOn = given['done-on'];
  if (typeof doneOn === 'string') evidence.doneOn = doneOn;
  if (given['backed-up'] !== undefined) evidence.backedUp = given['backed-up'] === 'yes';
  const reason = REASONS.map((question) => given[question]).find((value) => typeof value === 'string');
  if (typeof reason === 'string') evidence.reason = reason;
  const detail: Record<string, string | number> = {};
  for (const [question, name] of Object.entries(DETAILS)) {
    const value = given[question];
    if (typeof value === 'string' || typeof value === 'number') detail[name] = value;
  }
  if (Object.keys(detail).length > 0) evidence.detail = detail;
  return evidence;
}

/** What the sender says about a unit itself. `status` only when all of its corrections are answered the same way. */
export type UnitChange = { unitId: number; connected?: boolean; status?: 'scrapped' | 'moved' | 'returned' };

/** Units that are not as we knew them. */
export function unitChangesFromAnswers(
  definition: FormDefinition,
  context: FormContext,
  allAnswers: Answers,
): UnitChange[] {
  const answers = pruneAnswers(definition, context, allAnswers);
  return context.units.flatMap((unit): UnitChange[] => {
    const change: UnitChange = { unitId: unit.id };
    const connected = answers.units[unit.id]?.connected;
    const isConnected = connected === 'yes' ? true : connected === 'no' ? false : undefined;
    if (isConnected !== undefined && isConnected !== unit.connected) change.connected = isConnected;
    const ways = new Set(unit.corrections.map((correction) => answers.corrections[correction.id]?.['gone-how']));
    const [way] = ways;
    // Of a lot only a part may be gone; that is not the unit's end.
    if (ways.size === 1 && unit.kind !== 'lot' && (way === 'scrapped' || way === 'moved' || way === 'returned')) {
      change.status = way;
    }
    return Object.keys(change).length > 1 ? [change] : [];
  });
}

/** What somebody must do something about. `field` is where it was said; `detail` the answers it rests on. */
export type FollowUp = {
  kind:
    | 'suspected-compromise'
    | 'support-request'
    | 'medium-request'
    | 'unknown-unit'
    | 'standalone-instance'
    | 'unit-moved'
    | 'passed-on'
    | 'customer-list-refused';
  field: string;
  unitId?: number;
  correctionId?: number;
  detail: AnswerSet;
};

/** Everything in a form that needs a person: requests, a suspected break-in, units we did not know of, units that moved. */
export function followUpsFromAnswers(
  definition: FormDefinition,
  context: FormContext,
  allAnswers: Answers,
): FollowUp[] {
  const answers = pruneAnswers(definition, context, allAnswers);
  const { party } = answers;
  const found: FollowUp[] = [];
  const ofParty = (kind: FollowUp['kind'], question: string, ...more: string[]) => {
    found.push({ kind, field: fieldName({ scope: 'party' }, question), detail: pick(party, [question, ...more]) });
  };
  if (party.compromise === 'yes') ofParty('suspected-compromise', 'compromise', 'compromise-text');
  if (party['contact-me'] === 'yes' || party.understood === 'no') {
    ofParty('support-request', 'contact-me', 'understood', 'contact-me-text', 'signer-phone', 'signer-email');
  }
  if (party['passed-on'] === 'yes') ofParty('passed-on', 'passed-on', 'passed-on-to');
  if (party['customer-list'] === 'not-wished')
    ofParty('customer-list-refused', 'customer-list', 'customer-list-reason');
  for (const unit of context.units) {
    for (const correction of unit.corrections) {
      const given = answers.corrections[correction.id] ?? {};
      const field = fieldName({ scope: 'correction', id: correction.id }, 'status');
      const rest = { field, unitId: unit.id, correctionId: correction.id, detail: { ...given } };
      if (given.reason === 'no-internet') found.push({ kind: 'medium-request', ...rest });
      if (given.reason === 'needs-web-interface') found.push({ kind: 'support-request', ...rest });
      if (given['gone-how'] === 'moved') found.push({ kind: 'unit-moved', ...rest });
    }
  }
  answers.extra.forEach((detail, index) => {
    found.push({ kind: 'unknown-unit', field: fieldName({ scope: 'extra', index }, 'serial'), detail });
  });
  answers.standalone.forEach((detail, index) => {
    found.push({ kind: 'standalone-instance', field: fieldName({ scope: 'standalone', index }, 'name'), detail });
  });
  return found;
}

function pick(set: AnswerSet, questions: string[]): AnswerSet {
  return Object.fromEntries(questions.flatMap((id) => (set[id] === undefined ? [] : [[id, set[id]]])));
}

export type AnswerDifference = { field: string; before?: string | string[]; after?: string | string[] };

/** What a later reply says differently, field by field, in the order of the later one. */
export function diffAnswers(before: Answers, after: Answers): AnswerDifference[] {
  const [was, is] = [toFields(before), toFields(after)];
  return [...new Set([...Object.keys(is), ...Object.keys(was)])].flatMap((field): AnswerDifference[] => {
    if (JSON.stringify(was[field]) === JSON.stringify(is[field])) return [];
    const difference: AnswerDifference = { field };
    if (was[field] !== undefined) difference.before = was[field];
    if (is[field] !== undefined) difference.after = is[field];
    return [difference];
  });
}
