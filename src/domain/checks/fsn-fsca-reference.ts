import { templateField } from './template-field.ts';

/** The notice names the field safety corrective action, under which the authorities keep it. */
export const fsnFscaReference = templateField({
  rule: 'fsn-fsca-reference',
  number: 'header',
  title: 'the reference of the field safety corrective action (FSCA)',
  mend: 'Print {action.fsca} beside the reference of the notice.',
  facts: ['action.fsca'],
});
