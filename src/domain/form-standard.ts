/**
 * The questions of the verification form: every field of the example's form (M-AMR-00496) and of the EC customer and
 * distributor reply forms (Commission templates, September 2018, Rev 1). A new action starts from here.
 */
import { type FormDefinition, formDefinitionSchema, type Question } from './form.ts';

const EXAMPLE = 'Verification form of the example notice';
const CUSTOMER = 'EC customer reply form Rev 1';
const DISTRIBUTOR = 'EC distributor/importer reply form Rev 1';
const OURS = 'Fieldfix: missing on paper';

type Rest = Partial<Omit<Question, 'id' | 'step' | 'scope' | 'type' | 'source'>>;
type Ask = (id: string, type: Question['type'], source: string, rest?: Rest) => Question;
const asker =
  (step: string, scope: Question['scope'], common: Rest = {}): Ask =>
  (id, type, source, rest = {}) => ({ id, step, scope, type, source, ...common, ...rest });

const only = (question: string, ...is: string[]) => ({ when: [{ question, is }] });
const yesNoUnknown = ['yes', 'no', 'unknown'];

function receiptQuestions(): Question[] {
  const ask = asker('receipt', 'party');
  return [
    ask('received', 'tick', `${EXAMPLE} (a); ${CUSTOMER} 3(a)`, { required: 'receipt', mustBe: 'yes' }),
    ask('understood', 'yes-no', `${EXAMPLE} (a); ${CUSTOMER} 3(a)`, { required: 'receipt' }),
    ask('compromise', 'yes-no', `${EXAMPLE}, suspected compromise`, { required: 'receipt' }),
    ask('compromise-text', 'long-text', OURS, only('compromise', 'yes')),
    ask('users-informed', 'yes-no', `${EXAMPLE} (c); ${CUSTOMER} 3(c)`, { required: 'completion' }),
    ask('others-told', 'choices', 'EC field safety notice, Transmission of this FSN', {
      options: ['users', 'it', 'management', 'other-sites', 'other-organisations'],
    }),
    ask('others-told-text', 'text', 'EC field safety notice, Transmission of this FSN'),
    ask('contact-me', 'tick', `${CUSTOMER} 3(i)`),
    ask('contact-me-text', 'long-text', `${CUSTOMER} 3(i)`, { ...only('contact-me', 'yes'), required: 'asked' }),
  ];
}

function unitQuestions(): Question[] {
  const askUnit = asker('units', 'unit', { options: yesNoUnknown });
  return [
    asker('units', 'product')('quantity', 'count', `${EXAMPLE}, QTY; 21 CFR 7.53(b)(2)`),
    askUnit('connected', 'yes-no', `${EXAMPLE}, connected and not connected`, { required: 'completion' }),
    askUnit('software-installed', 'yes-no', `${EXAMPLE} (b)`, { required: 'completion' }),
  ];
}

function correctionQuestions(): Question[] {
  const ask = asker('corrections', 'correction');
  const lot = { unitKinds: ['lot' as const] };
  return [
    ask('status', 'choice', `${EXAMPLE} (d); ${CUSTOMER} 3(b)`, {
      options: ['done', 'not-yet', 'not-affected', 'gone', 'unknown'],
      required: 'completion',
    }),
    ask('done-on', 'date', OURS, { ...only('status', 'done'), required: 'asked' }),
    ask('backed-up', 'yes-no', `${EXAMPLE}, back up data`, { ...only('status', 'done'), required: 'asked' }),
    ask('done-quantity', 'count', '21 CFR 7.53(b)(4)', { ...only('status', 'done'), ...lot, required: 'asked' }),
    ask('reason', 'choice', OURS, {
      ...only('status', 'not-yet'),
      options: ['needs-web-interface', 'waiting-for-it', 'in-use', 'no-internet', 'other'],
      required: 'asked',
    }),
    ask('reason-text', 'text', OURS, { ...only('reason', 'other'), required: 'asked' }),
    ask('planned-on', 'date', OURS, only('status', 'not-yet')),
    ask('not-affected-why', 'choice', `${EXAMPLE} (b); ${CUSTOMER} 3(h)`, {
      ...only('status', 'not-affected'),
      options: ['not-installed', 'other'],
      required: 'asked',
    }),
    ask('not-affected-text', 'text', OURS, { ...only('not-affected-why', 'other'), required: 'asked' }),
    ask('gone-how', 'choice', `${CUSTOMER} 3(d), 3(e)`, {
      ...only('status', 'gone'),
      options: ['scrapped', 'moved', 'returned'],
      required: 'asked',
    }),
    ask('gone-to', 'text', 'EC field safety notice, Transmission of this FSN', {
      ...only('gone-how', 'moved'),
      required: 'asked',
      maxLength: 400,
    }),
    ask('gone-on', 'date', `${CUSTOMER} 3(d), 3(e)`, only('status', 'gone')),
    ask('gone-quantity', 'count', `${CUSTOMER} 3(d), 3(e)`, { ...only('status', 'gone'), ...lot, required: 'asked' }),
    asker('corrections', 'party')('all-patched', 'yes-no', `${EXAMPLE} (d)`, { required: 'completion' }),
  ];
}

function otherQuestions(): Question[] {
  const ask = asker('others', 'party');
  const askExtra = asker('others', 'extra');
  const askStandalone = asker('others', 'standalone');
  return [
    askExtra('product', 'choice', `${EXAMPLE}, product and serial number`, {
      optionsFrom: 'products',
      required: 'asked',
    }),
    askExtra('serial', 'text', `${EXAMPLE}, product and serial number`, { maxLength: 100, required: 'asked' }),
    askExtra('environments', 'choices', OURS, { optionsFrom: 'environments' }),
    askExtra('software', 'text', 'EC field safety notice 1.6', { maxLength: 60 }),
    askExtra('place', 'text', OURS),
    askStandalone('name', 'text', `${EXAMPLE}, standalone instances`, { maxLength: 100, required: 'asked' }),
    askStandalone('software-version', 'text', 'EC field safety notice 1.6', { maxLength: 60 }),
    askStandalone('count', 'count', `${EXAMPLE}, standalone instances`, { required: 'asked' }),
    askStandalone('patched', 'yes-no', `${EXAMPLE} (d)`, { required: 'asked' }),
    askStandalone('patched-on', 'date', OURS, { ...only('patched', 'yes'), required: 'asked' }),
    ask('no-devices', 'tick', `${CUSTOMER} 3(h)`),
    ask('passed-on', 'yes-no', 'EC field safety notice, Transmission of this FSN', {
      roles: ['customer'],
      required: 'completion',
    }),
    ask('passed-on-to', 'long-text', OURS, { ...only('passed-on', 'yes'), required: 'asked' }),
    ask('other-action', 'long-text', `${CUSTOMER} 3(g)`),
  ];
}

function distributorQuestions(): Question[] {
  const base = asker('distributor', 'party', { roles: ['distributor'] });
  const applies = { question: 'distributor-applies', is: ['applies'] };
  const ask: Ask = (id, type, source, rest = {}) =>
    base(id, type, source, { ...rest, when: [applies, ...(rest.when ?? [])] });
  return [
    base('distributor-applies', 'choice', `${EXAMPLE}, distributor block`, {
      options: ['applies', 'not-applicable'],
      required: 'completion',
    }),
    ask('customers-identified', 'yes-no', `${EXAMPLE} (e); ${DISTRIBUTOR} 3`, { required: 'completion' }),
    ask('customer-list', 'choice', `${DISTRIBUTOR} 3`, {
      options: ['pasted', 'by-email', 'not-wished'],
      required: 'completion',
    }),
    ask('customer-list-text', 'long-text', `${DISTRIBUTOR} 3`, {
      ...only('customer-list', 'pasted'),
      required: 'asked',
      maxLength: 20_000,
    }),
    ask('customer-list-reason', 'text', OURS, { ...only('customer-list', 'not-wished'), required: 'asked' }),
    ask('customers-informed', 'yes-no', `${EXAMPLE} (f); ${DISTRIBUTOR} 3`, { required: 'completion' }),
    ask('customers-informed-on', 'date', `${EXAMPLE} (f); ${DISTRIBUTOR} 3`, {
      ...only('customers-informed', 'yes'),
      required: 'asked',
    }),
    ask('confirmations', 'choice', `${DISTRIBUTOR} 3`, { options: ['all', 'some', 'none'], required: 'completion' }),
    ask('stock-checked', 'yes-no', `${DISTRIBUTOR} 3`, { required: 'completion' }),
    ask('stock-checked-on', 'date', `${DISTRIBUTOR} 3`, { ...only('stock-checked', 'yes'), required: 'asked' }),
    ask('quarantined-quantity', 'count', `${DISTRIBUTOR} 3`, { ...only('stock-checked', 'yes'), required: 'asked' }),
    ask('stock-returned-quantity', 'count', `${DISTRIBUTOR} 3`),
    ask('stock-returned-numbers', 'text', `${DISTRIBUTOR} 3`, { maxLength: 2_000 }),
    ask('stock-returned-on', 'date', `${DISTRIBUTOR} 3`),
    ask('stock-destroyed-quantity', 'count', `${DISTRIBUTOR} 3`),
    ask('stock-destroyed-numbers', 'text', `${DISTRIBUTOR} 3`, { maxLength: 2_000 }),
    ask('stock-destroyed-on', 'date', `${DISTRIBUTOR} 3`),
    ask('no-stock', 'tick', `${DISTRIBUTOR} 3`),
  ];
}

function signQuestions(): Question[] {
  const ask = asker('sign', 'party');
  return [
    ask('organisation', 'text', `${EXAMPLE}; ${CUSTOMER} 2`, { required: 'receipt', autocomplete: 'organization' }),
    ask('organisation-address', 'text', `${CUSTOMER} 2`, {
      required: 'completion',
      maxLength: 400,
      autocomplete: 'street-address',
    }),
    ask('department', 'text', `${CUSTOMER} 2`),
    ask('account-number', 'text', `${CUSTOMER} 2`, { maxLength: 60 }),
    ask('shipping-address', 'text', `${CUSTOMER} 2`, { maxLength: 400 }),
    ask('signer-name', 'text', `${EXAMPLE}; ${CUSTOMER} 2`, { required: 'receipt', autocomplete: 'name' }),
    ask('signer-title', 'text', `${EXAMPLE}; ${CUSTOMER} 2`, {
      required: 'receipt',
      autocomplete: 'organization-title',
    }),
    ask('signer-email', 'email', `${CUSTOMER} 2`, { required: 'receipt', autocomplete: 'email' }),
    ask('signer-phone', 'phone', `${CUSTOMER} 2`, { required: 'receipt', autocomplete: 'tel' }),
    ask('signed-on', 'date', `${EXAMPLE}; ${CUSTOMER} 3`, { required: 'receipt' }),
    ask('acknowledge', 'tick', `${EXAMPLE}, acknowledgement`, { required: 'receipt', mustBe: 'yes' }),
    ask('statement', 'tick', `${EXAMPLE}, signature; ${CUSTOMER} 3`, { required: 'receipt', mustBe: 'yes' }),
  ];
}

/**
 * The form of an action.
 * @param software what is corrected, as the words say it, e.g. `Local Run Manager`
 * @throws ZodError when the questions do not fit together, which is a fault of this file
 */
export function standardForm(action: { reference: string; version?: number; software: string }): FormDefinition {
  return formDefinitionSchema.parse({
    reference: action.reference,
    version: action.version ?? 1,
    params: { software: action.software },
    steps: ['receipt', 'units', 'corrections', 'others', 'distributor', 'sign'].map((key) => ({ key })),
    questions: [
      ...receiptQuestions(),
      ...unitQuestions(),
      ...correctionQuestions(),
      ...otherQuestions(),
      ...distributorQuestions(),
      ...signQuestions(),
    ],
    limits: { extra: 500, standalone: 200 },
  });
}
