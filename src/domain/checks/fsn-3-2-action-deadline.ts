import { templateField } from './template-field.ts';

/** By when the action itself is to be completed; on paper the example named a day for the form only. */
export const fsnActionDeadline = templateField({
  rule: 'fsn-3-2-action-deadline',
  number: '3.2',
  title: 'by when the user should have completed the action',
  mend: 'Print {deadline.reply-days} or {deadline.reply} in the section that says what to do, not only where you ask for the reply.',
  facts: ['deadline.reply-days', 'deadline.reply'],
  inSection: true,
});
