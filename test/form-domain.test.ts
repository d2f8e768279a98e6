import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { sampleForm } from '../sample/form.ts';
import {
  type Answers,
  answersSchema,
  emptyAnswers,
  type FormContext,
  formDefinitionSchema,
} from '../src/domain/form.ts';
import { pruneAnswers, questionsFor, stepsFor } from '../src/domain/form-asked.ts';
import { checkAnswers } from '../src/domain/form-check.ts';
import { contradictionCodes } from '../src/domain/form-contradictions.ts';
import {
  diffAnswers,
  evidenceFromAnswers,
  followUpsFromAnswers,
  unitChangesFromAnswers,
} from '../src/domain/form-evidence.ts';
import {
  applyStep,
  type FormFields,
  fieldName,
  parseFormBody,
  readFieldName,
  toFields,
} from '../src/domain/form-fields.ts';
import { contradictionKey, errorKey, keysOf, wordParams } from '../src/domain/form-words.ts';
import { fillMessage } from '../src/domain/message.ts';

const today = '2022-05-10';
const environments = [
  { code: 'Dx', name: 'Dx' },
  { code: 'RUO', name: 'RUO' },
];
const correction = (id: number, environment: string) => ({
  id,
  environment,
  environmentName: environment,
  remedy: 'Patch 1.0',
  remedyKind: 'interim-patch',
  state: 'open',
});
/** Two instruments with two environments each: corrections 1 to 4. */
const hospital: FormContext = {
  role: 'customer',
  noticeDate: '2022-05-04',
  products: [
    { id: 7, name: 'NextSeq 550Dx', environments },
    { id: 8, name: 'MiSeqDx', environments },
  ],
  units: [
    {
      id: 11,
      kind: 'serial',
      productId: 7,
      product: 'NextSeq 550Dx',
      serial: 'NB551234',
      quantity: 1,
      connected: null,
      corrections: [correction(1, 'Dx'), correction(2, 'RUO')],
    },
    {
      id: 12,
      kind: 'serial',
      productId: 8,
      product: 'MiSeqDx',
      serial: 'M07001',
      quantity: 1,
      connected: true,
      corrections: [correction(3, 'Dx'), correction(4, 'RUO')],
    },
  ],
};
const distributor: FormContext = { ...hospital, role: 'distributor', units: [] };

const receipt: FormFields = {
  'q.received': 'yes',
  'q.understood': 'yes',
  'q.compromise': 'no',
  'q.organisation': 'Labor 0421, Musterstadt',
  'q.signer-name': 'Erika Muster',
  'q.signer-title': 'Laborleitung',
  'q.signer-email': 'leitung@lab-0421.example',
  'q.signer-phone': '+49 30 555 0100',
  'q.signed-on': '10.05.2022',
  'q.acknowledge': 'yes',
  'q.statement': 'yes',
};
const done = (id: number, on = '2022-05-09'): FormFields => ({
  [`c${id}.status`]: 'done',
  [`c${id}.done-on`]: on,
  [`c${id}.backed-up`]: 'yes',
});
const allDone: FormFields = {
  ...receipt,
  'q.users-informed': 'yes',
  'q.all-patched': 'yes',
  'q.passed-on': 'no',
  'q.organisation-address': 'Musterweg 1, 10115 Musterstadt, DE',
  'u11.connected': 'yes',
  'u11.software-installed': 'yes',
  'u12.connected': 'yes',
  'u12.software-installed': 'yes',
  ...done(1),
  ...done(2),
  ...done(3),
  ...done(4),
};
const read = (fields: FormFields, context = hospital): Answers => parseFormBody(sampleForm, context, fields);
const check = (fields: FormFields, context = hospital) =>
  checkAnswers(sampleForm, context, read(fields, context), { today });
const codes = (fields: FormFields, context = hospital) =>
  check(fields, context).contradictions.map((one) => `${one.code} ${one.field}`);

test('the definition survives being stored, and a faulty one is refused', () => {
  assert.deepEqual(formDefinitionSchema.parse(JSON.parse(JSON.stringify(sampleForm))), sampleForm);
  const twice = { ...sampleForm, questions: [...sampleForm.questions, sampleForm.questions[0]] };
  const circle = {
    ...sampleForm,
    questions: [{ ...sampleForm.questions[0], when: [{ question: 'statement', is: ['yes'] }] }],
  };
  const nowhere = { ...sampleForm, questions: [{ ...sampleForm.questions[0], step: 'nowhere' }] };
  for (const faulty of [twice, circle, nowhere]) assert.ok(!formDefinitionSchema.safeParse(faulty).success);
});

test('receipt can be sent alone; the patches are still owed', () => {
  const result = check(receipt);
  assert.deepEqual(result.errors, []);
  assert.deepEqual(result.contradictions, []);
  assert.equal(result.complete, false);
  assert.ok(result.missing.includes('c1.status') && result.missing.includes('u11.connected'));
});

test('a form with every row answered is complete', () => {
  const result = check(allDone);
  assert.deepEqual(result, { errors: [], contradictions: [], missing: [], complete: true });
});

test('dates and numbers are read as people type them; what cannot be read stays and is named', () => {
  const answers = read({
    ...done(1, '4. Mai 2022'),
    'p7.quantity': ' 12 ',
    'p8.quantity': 'two',
    ...done(2, '04/05/2022'),
  });
  assert.equal(answers.corrections[1]?.['done-on'], '2022-05-04');
  assert.equal(answers.products[7]?.quantity, 12);
  assert.equal(answers.products[8]?.quantity, 'two');
  const errors = checkAnswers(sampleForm, hospital, answers, { today }).errors;
  assert.ok(errors.some((error) => error.field === 'p8.quantity' && error.code === 'count'));
  assert.ok(
    errors.some((error) => error.field === 'c2.done-on' && error.code === 'date'),
    'day or month first is not guessed',
  );
});

const faults: [what: string, fields: FormFields, field: string, code: string][] = [
  ['no receipt', { ...receipt, 'q.received': [] }, 'q.received', 'must-be'],
  ['not signed', { ...receipt, 'q.statement': 'no' }, 'q.statement', 'choice'],
  ['no name', { ...receipt, 'q.signer-name': '  ' }, 'q.signer-name', 'required'],
  ['no e-mail address', { ...receipt, 'q.signer-email': 'me at home' }, 'q.signer-email', 'email'],
  ['a name too long', { ...receipt, 'q.signer-name': 'x'.repeat(201) }, 'q.signer-name', 'too-long'],
  ['a value nobody offered', { ...receipt, 'c1.status': 'perhaps' }, 'c1.status', 'choice'],
  ['done, but when?', { ...receipt, 'c1.status': 'done' }, 'c1.done-on', 'required'],
  ['done, but backed up?', { ...receipt, 'c1.status': 'done', 'c1.done-on': today }, 'c1.backed-up', 'required'],
  ['not yet, but why?', { ...receipt, 'c1.status': 'not-yet' }, 'c1.reason', 'required'],
  [
    'another reason, but which?',
    { ...receipt, 'c1.status': 'not-yet', 'c1.reason': 'other' },
    'c1.reason-text',
    'required',
  ],
  ['moved, but where to?', { ...receipt, 'c1.status': 'gone', 'c1.gone-how': 'moved' }, 'c1.gone-to', 'required'],
  ['a day that is none', { ...receipt, ...done(1, '31.02.2022') }, 'c1.done-on', 'date'],
  ['a unit without serial', { ...receipt, 'x0.product': '7' }, 'x0.serial', 'required'],
  ['a product that is not affected', { ...receipt, 'x0.product': '99', 'x0.serial': 'A' }, 'x0.product', 'choice'],
  [
    'too many units',
    { ...receipt, ...Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`x${i}.serial`, `S${i}`])) },
    'x500.product',
    'too-many-rows',
  ],
];
for (const [what, fields, field, code] of faults) {
  test(`blocked: ${what}`, () => {
    const errors = check(fields).errors;
    assert.ok(
      errors.some((error) => error.field === field && error.code === code),
      JSON.stringify(errors.slice(0, 5)),
    );
  });
}

const extra = (index: number, serial: string): FormFields => ({
  [`x${index}.product`]: '7',
  [`x${index}.serial`]: serial,
});
const informed: FormFields = { ...receipt, 'q.distributor-applies': 'applies', 'q.customers-informed': 'yes' };
const contradictions: [code: string, fields: FormFields, field: string, context?: FormContext][] = [
  ['all-patched-but-open', { ...allDone, 'c2.status': 'not-yet', 'c2.reason': 'in-use' }, 'c2.status'],
  ['none-open-but-not-all-patched', { ...allDone, 'q.all-patched': 'no' }, 'q.all-patched'],
  ['quantity-differs', { ...allDone, 'p7.quantity': '2' }, 'p7.quantity'],
  ['done-in-future', { ...allDone, 'c3.done-on': '2022-05-11' }, 'c3.done-on'],
  ['done-before-notice', { ...allDone, 'c3.done-on': '2022-05-03' }, 'c3.done-on'],
  ['done-without-backup', { ...allDone, 'c1.backed-up': 'no' }, 'c1.backed-up'],
  [
    'not-connected-but-downloaded',
    { ...allDone, 'u11.connected': 'no', 'u12.connected': 'no' },
    'u11.connected',
    { ...hospital, downloaded: true },
  ],
  [
    'not-affected-but-installed',
    { ...allDone, 'q.all-patched': [], 'c1.status': 'not-affected', 'c1.not-affected-why': 'not-installed' },
    'c1.not-affected-why',
  ],
  ['done-but-not-installed', { ...allDone, 'u12.software-installed': 'no' }, 'c3.status'],
  ['no-devices-but-answered', { ...allDone, 'q.no-devices': 'yes' }, 'q.no-devices'],
  ['serial-twice', { ...allDone, ...extra(0, 'NB 77'), ...extra(4, 'nb-77') }, 'x1.serial'],
  ['serial-known', { ...allDone, ...extra(0, 'nb551234') }, 'x0.serial'],
  [
    'customers-informed-in-future',
    { ...informed, 'q.customers-informed-on': '2022-06-01' },
    'q.customers-informed-on',
    distributor,
  ],
  [
    'customers-informed-before-notice',
    { ...informed, 'q.customers-informed-on': '2022-05-01' },
    'q.customers-informed-on',
    distributor,
  ],
  ['not-understood-but-done', { ...allDone, 'q.understood': 'no' }, 'q.understood'],
];
for (const [code, fields, field, context] of contradictions) {
  test(`shown before sending: ${code}`, () => {
    const found = codes(fields, context);
    assert.ok(found.includes(`${code} ${field}`), found.join('\n'));
  });
}
test('every contradiction there is has been tried', () => {
  assert.deepEqual([...new Set(contradictions.map(([code]) => code))].sort(), [...contradictionCodes].sort());
});

test('a count that includes the units we did not know of agrees', () => {
  assert.deepEqual(codes({ ...allDone, 'p7.quantity': '2', ...extra(0, 'NB559999') }), []);
});

test('each claim becomes evidence with what belongs to it, and nothing of an answer changed since', () => {
  const answers = read({
    'c1.status': 'done',
    'c1.done-on': '2022-05-09',
    'c1.backed-up': 'no',
    'c2.status': 'not-yet',
    'c2.reason': 'needs-web-interface',
    'c2.planned-on': '2022-06-01',
    'c2.done-on': '2022-05-09',
    'c3.status': 'gone',
    'c3.gone-how': 'moved',
    'c3.gone-to': 'Labor 0007, Bern, CH',
    'c4.status': 'not-affected',
    'c4.not-affected-why': 'not-installed',
  });
  assert.deepEqual(evidenceFromAnswers(sampleForm, hospital, answers), [
    { correctionId: 1, claim: 'done', doneOn: '2022-05-09', backedUp: false },
    { correctionId: 2, claim: 'not-yet', reason: 'needs-web-interface', detail: { plannedOn: '2022-06-01' } },
    { correctionId: 3, claim: 'gone', reason: 'moved', detail: { to: 'Labor 0007, Bern, CH' } },
    { correctionId: 4, claim: 'not-affected', reason: 'not-installed' },
  ]);
  assert.ok(!('done-on' in (pruneAnswers(sampleForm, hospital, answers).corrections[2] ?? {})));
});

test('one answer for all fills the rows that have none', () => {
  const answers = read({
    'all.status': 'done',
    'all.done-on': '9.5.2022',
    'all.backed-up': 'yes',
    'c2.status': 'unknown',
  });
  assert.deepEqual(
    evidenceFromAnswers(sampleForm, hospital, answers).map((one) => `${one.correctionId} ${one.claim}`),
    ['1 done', '2 unknown', '3 done', '4 done'],
  );
});

test('units that moved or changed, and requests, are found', () => {
  const answers = read({
    'u11.connected': 'no',
    'u12.connected': 'yes',
    'q.compromise': 'yes',
    'q.contact-me': 'yes',
    'q.contact-me-text': 'Which file?',
    ...Object.fromEntries(
      [3, 4].flatMap((id) => [
        [`c${id}.status`, 'gone'],
        [`c${id}.gone-how`, 'scrapped'],
      ]),
    ),
    'c1.status': 'not-yet',
    'c1.reason': 'no-internet',
    'x0.product': '7',
    'x0.serial': 'NB559999',
    's0.name': 'PC-7',
    's0.count': '1',
  });
  assert.deepEqual(unitChangesFromAnswers(sampleForm, hospital, answers), [
    { unitId: 11, connected: false },
    { unitId: 12, status: 'scrapped' },
  ]);
  assert.deepEqual(
    followUpsFromAnswers(sampleForm, hospital, answers).map((one) => `${one.kind} ${one.field}`),
    [
      'suspected-compromise q.compromise',
      'support-request q.contact-me',
      'medium-request c1.status',
      'unknown-unit x0.serial',
      'standalone-instance s0.name',
    ],
  );
});

test('a customer never sees the distributor’s part, and a distributor without units no units', () => {
  assert.deepEqual(stepsFor(sampleForm, hospital, emptyAnswers()), [
    'receipt',
    'units',
    'corrections',
    'others',
    'sign',
  ]);
  assert.ok(stepsFor(sampleForm, distributor, emptyAnswers()).includes('distributor'));
  const asked = (fields: FormFields) =>
    questionsFor(sampleForm, distributor, read(fields, distributor), { scope: 'party' }, 'distributor').length;
  assert.equal(asked({ 'q.distributor-applies': 'not-applicable' }), 1);
  assert.ok(asked({ 'q.distributor-applies': 'applies' }) > 8);
});

test('a step replaces its own answers and leaves the others', () => {
  const before = read({ ...allDone, ...extra(0, 'NB559999') });
  const after = applyStep(
    sampleForm,
    hospital,
    before,
    { 'c1.status': 'unknown', 'q.signer-name': 'Somebody' },
    'corrections',
  );
  assert.deepEqual(after.corrections, { 1: { status: 'unknown' } });
  assert.equal(after.party['signer-name'], 'Erika Muster');
  assert.equal(after.party['all-patched'], undefined);
  assert.equal(after.extra.length, 1);
  assert.deepEqual(
    diffAnswers(before, applyStep(sampleForm, hospital, before, {}, 'others')).map((one) => one.field),
    ['q.passed-on', 'x0.product', 'x0.serial'],
  );
});

test('answers, fields and answers again are the same', () => {
  const answers = read({
    ...allDone,
    ...extra(3, 'A'),
    'x3.environments': ['Dx', 'RUO'],
    's9.name': 'PC',
    's9.count': '0',
  });
  assert.deepEqual(read(toFields(answers)), answers);
  assert.deepEqual(answersSchema.parse(JSON.parse(JSON.stringify(answers))), answers);
  for (const field of Object.keys(toFields(answers))) {
    const { place, questionId } = readFieldName(field) ?? assert.fail(field);
    assert.equal(fieldName(place, questionId), field);
  }
});

test('answers about somebody else’s unit, and names that mean something to JavaScript, are not taken', () => {
  const answers = read({
    'c999.status': 'done',
    'u999.connected': 'yes',
    'q.__proto__': 'x',
    'q.constructor': 'x',
    '__proto__.status': 'done',
    'c1.quantity': '7',
    'x99999.serial': 'A',
  });
  assert.deepEqual(answers, emptyAnswers());
});

const fieldNames = fc.oneof(
  fc.constantFrom(
    ...Object.keys(allDone),
    'x0.serial',
    'x0.environments',
    's1.count',
    'all.status',
    'q.customer-list-text',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc
    .tuple(
      fc.constantFrom('q', 'all', 'p7', 'u11', 'c1', 'c0', 'x0', 'x9999', 's1'),
      fc.constantFrom(...sampleForm.questions),
    )
    .map(([where, question]) => `${where}.${question.id}`),
);
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    'yes',
    'done',
    '2022-02-30',
    '-1',
    '1e9',
    '<script>',
    '=cmd()',
    '\u202eabc',
    'x'.repeat(30_000),
    '\ud800',
  ),
);
test('a hostile body never throws, and what was read of it can be stored, checked and read again', () => {
  const body = fc.dictionary(fieldNames, fc.oneof(hostile, fc.array(hostile, { maxLength: 4 })), { maxKeys: 30 });
  fc.assert(
    fc.property(body, fc.constantFrom(hospital, distributor), (fields, context) => {
      const answers = read(fields, context);
      assert.deepEqual(answersSchema.parse(JSON.parse(JSON.stringify(answers))), answers);
      assert.deepEqual(read(toFields(answers), context), answers);
      checkAnswers(sampleForm, context, answers, { today });
      evidenceFromAnswers(sampleForm, context, answers);
      followUpsFromAnswers(sampleForm, context, answers);
      const pruned = pruneAnswers(sampleForm, context, answers);
      assert.deepEqual(pruneAnswers(sampleForm, context, pruned), pruned);
    }),
    { numRuns: 400 },
  );
});

test('every question, choice, error and contradiction has words in every language', () => {
  const params = {
    ...wordParams(sampleForm),
    typed: 'x',
    most: 5,
    unit: 'u',
    environment: 'Dx',
    count: 2,
    product: 'p',
  };
  const more = { said: 1, listed: 2, day: 'd', notice: 'n', serial: 's' };
  for (const language of ['en', 'de', 'it']) {
    const url = new URL(`../locales/${language}.json`, import.meta.url);
    const words = JSON.parse(readFileSync(url, 'utf8')) as Record<string, string>;
    const hints = Object.keys(words).filter((key) => key.startsWith('form.hint.'));
    for (const key of [...keysOf(sampleForm), ...hints]) {
      const text = words[key];
      assert.ok(text, `${language}: ${key}`);
      assert.doesNotMatch(fillMessage(text, { ...params, ...more }, language), /[{}]/, key);
    }
  }
  assert.equal(errorKey('date'), 'form.error.date');
  assert.equal(contradictionKey('serial-twice'), 'form.contradiction.serial-twice');
});
