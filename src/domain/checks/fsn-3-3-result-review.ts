import { templateField } from './template-field.ts';

/** Whether patients are to be followed up or earlier results reviewed; with a reason where not. */
export const fsnResultReview = templateField({
  rule: 'fsn-3-3-result-review',
  number: '3.3',
  title: 'whether patients should be followed up or earlier results reviewed',
  mend: 'Add the section “Patients and earlier results”, with the reason where none is recommended.',
  inSection: true,
  words: {},
});
