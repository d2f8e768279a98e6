import { templateField } from './template-field.ts';

/** A follow-up that is announced has a date, or at least a time scale; the example announced one without. */
export const fsnFollowUp = templateField({
  rule: 'fsn-4-6-follow-up',
  number: '4.6',
  title: 'when the follow-up is expected',
  mend: 'Print {deadline.follow-up} where the follow-up is announced; fill it in on the page Description.',
  facts: ['deadline.follow-up'],
  inSection: true,
  when: (texts) => texts.some((one) => one.section === 'follow-up' || one.section === 'ec-follow-up-date'),
});
