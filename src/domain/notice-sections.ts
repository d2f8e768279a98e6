/**
 * The sections a notice may have, as data: the EC field safety notice (Commission template, September 2018, revision 1)
 * and the letter of the example. A letter's section says which fields of the template it answers, so that one rule
 * (checks/fsn-necessary-fields.ts) serves both layouts.
 */

export type Layout = 'letter' | 'ec';

/** What a section holds: free text, a choice among `options` with text, yes or no with text, a date with text. */
export type SectionKind = 'text' | 'choice' | 'yes-no' | 'date';

export type Section = {
  /** Stable name: texts, references and overrides use it. */
  key: string;
  layout: Layout;
  /** The template's number, printed in the EC layout. */
  number?: string;
  /** What stands there, for the editor. The printed heading is the text's own first heading. */
  title: string;
  /** Fields the template considers necessary in every notice. */
  necessary: boolean;
  kind: SectionKind;
  options?: readonly string[];
  /** Numbers of the template's fields this section answers. */
  covers: readonly string[];
  source: string;
  revision: string;
};

const TEMPLATE = { source: 'European Commission, Field Safety Notice template', revision: 'Rev 1, September 2018' };
const LETTER = { source: 'Letter layout of the example action', revision: '1' };

const ec = (number: string, key: string, title: string, necessary = false, rest: Partial<Section> = {}): Section => ({
  key,
  layout: 'ec',
  number,
  title,
  necessary,
  kind: 'text',
  covers: [number],
  ...TEMPLATE,
  ...rest,
});

const letter = (key: string, title: string, covers: readonly string[], necessary = false): Section => ({
  key,
  layout: 'letter',
  title,
  necessary,
  kind: 'text',
  covers,
  ...LETTER,
});

/** Actions a user may be asked for (template field 3.1). */
export const userActions = [
  'identify',
  'quarantine',
  'return',
  'destroy',
  'on-site',
  'patient-management',
  'ifu',
  'other',
  'none',
] as const;

/** Actions a manufacturer may take (template field 3.5). */
export const manufacturerActions = ['removal', 'on-site', 'software', 'ifu-labelling', 'other', 'none'] as const;

/** Every section, in the order the layouts print them. */
export const sections: readonly Section[] = [
  ec('0.1', 'ec-attention', 'For attention of', true),
  ec('0.2', 'ec-local-representative', 'Contact details of local representative', true),
  ec('1', 'ec-devices', 'Heading: information on affected devices'),
  ec('1.1', 'ec-device-type', 'Device type(s) in plain language', true),
  ec('1.2', 'ec-commercial-name', 'Commercial name(s)', true),
  ec('1.3', 'ec-udi-di', 'Unique device identifier(s) (UDI-DI)'),
  ec('1.4', 'ec-clinical-purpose', 'Primary clinical purpose of device(s)', true),
  ec('1.5', 'ec-catalogue-number', 'Device model, catalogue or part number(s)', true),
  ec('1.6', 'ec-software-version', 'Software version'),
  ec('1.7', 'ec-serial-range', 'Affected serial or lot number range'),
  ec('1.8', 'ec-associated-devices', 'Associated devices'),
  ec('2', 'ec-reason', 'Heading: reason for the FSCA'),
  ec('2.1', 'ec-problem', 'Description of the product problem', true),
  ec('2.2', 'ec-hazard', 'Hazard giving rise to the FSCA', true),
  ec('2.3', 'ec-probability', 'Probability of problem arising'),
  ec('2.4', 'ec-risk', 'Predicted risk to patient or users'),
  ec('2.5', 'ec-problem-details', 'Further information to help characterise the problem'),
  ec('2.6', 'ec-background', 'Background on issue'),
  ec('2.7', 'ec-reason-other', 'Other information relevant to the FSCA'),
  ec('3', 'ec-actions', 'Heading: type of action to mitigate the risk'),
  ec('3.1', 'ec-user-action', 'Action to be taken by the user', true, { kind: 'choice', options: userActions }),
  ec('3.2', 'ec-user-deadline', 'By when should the action be completed?', false, { kind: 'date' }),
  ec('3.3', 'ec-result-review', 'Is follow-up of patients or review of previous results recommended?', false, {
    kind: 'yes-no',
  }),
  ec('3.4', 'ec-reply', 'Is customer reply required?', true, { kind: 'yes-no' }),
  ec('3.5', 'ec-manufacturer-action', 'Action being taken by the manufacturer', true, {
    kind: 'choice',
    options: manufacturerActions,
  }),
  ec('3.6', 'ec-manufacturer-deadline', 'By when will the manufacturer act?', false, { kind: 'date' }),
  ec('3.7', 'ec-lay-user', 'Must the notice be communicated to the patient or lay user?', false, { kind: 'yes-no' }),
  ec('3.8', 'ec-lay-information', 'Is there additional information suitable for the lay user?', false, {
    kind: 'yes-no',
  }),
  ec('4', 'ec-general', 'Heading: general information'),
  ec('4.1', 'ec-type', 'FSN type', true, { kind: 'choice', options: ['new', 'update'] }),
  ec('4.2', 'ec-previous', 'Reference number and date of previous FSN'),
  ec('4.3', 'ec-new-information', 'Key new information'),
  ec('4.4', 'ec-follow-up', 'Is further advice already expected in a follow-up FSN?', true, { kind: 'yes-no' }),
  ec('4.5', 'ec-follow-up-subject', 'What the follow-up is expected to relate to'),
  ec('4.6', 'ec-follow-up-date', 'Anticipated timescale for the follow-up', false, { kind: 'date' }),
  ec('4.7', 'ec-manufacturer', 'Manufacturer information', true),
  ec('4.8', 'ec-authority-informed', 'The competent authority of your country has been informed', true),
  ec('4.9', 'ec-attachments', 'List of attachments'),
  ec('4.10', 'ec-signature', 'Name and signature', true),
  ec('5', 'ec-transmission', 'Transmission of this FSN', true),

  letter('letterhead', 'Who writes, reference and date', ['4.7', '4.1'], true),
  letter('salutation', 'To whom, and the first sentence', ['0.1']),
  letter('update', 'In an update: which notice it follows, and what is new', ['4.1', '4.2', '4.3']),
  letter('in-short', 'What is wrong, what to do, by when, whom to call: ten seconds', []),
  letter('products', 'Affected products', ['1.1', '1.2', '1.3', '1.4', '1.5', '1.6', '1.7'], true),
  letter(
    'problem',
    'What is wrong, and what it can do to results and patients',
    ['2.1', '2.2', '2.3', '2.4', '2.6'],
    true,
  ),
  letter('actions-connected', 'What to do: instruments connected to the Internet', ['3.1', '3.2'], true),
  letter('actions-not-connected', 'What to do: instruments not connected', ['3.1', '3.2']),
  letter('side-effects', 'What is different after the correction', []),
  letter('results', 'Follow-up of patients, review of previous results', ['3.3']),
  letter('compromise', 'If somebody may have broken in', []),
  letter('adverse-events', 'Reporting adverse events', []),
  letter('reply', 'Your reply', ['3.4']),
  letter('follow-up', 'What we do, and what comes next', ['3.5', '3.6', '4.4', '4.5', '4.6']),
  letter('transmission', 'Passing the notice on', ['5']),
  letter('distributor-duties', 'What distributors and importers do', ['3.1', '3.2', '5']),
  letter('action-types', 'Kinds of action as a tick list: by the user, by the manufacturer', ['3.1', '3.5']),
  letter('authority-informed', 'The authorities have been informed', ['4.8']),
  letter('contact', 'Whom to call, local representative', ['0.2', '4.7'], true),
  letter('signature', 'Names and signatures', ['4.10'], true),
];

const byKey = new Map(sections.map((section) => [section.key, section]));

/** A section by its key, or undefined. */
export function findSection(key: string): Section | undefined {
  return byKey.get(key);
}

/** Fields of the EC template that are necessary in every notice, with their titles. */
export function necessaryFields(): { number: string; title: string }[] {
  return sections.flatMap((section) =>
    section.layout === 'ec' && section.necessary && section.number
      ? [{ number: section.number, title: section.title }]
      : [],
  );
}
