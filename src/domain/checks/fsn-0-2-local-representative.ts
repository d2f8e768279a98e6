import { templateField } from './template-field.ts';

/** The reader finds somebody near: the authorised representative, or a distributor or branch. */
export const fsnLocalRepresentative = templateField({
  rule: 'fsn-0-2-local-representative',
  number: '0.2',
  title: 'who the local representative is and how to reach it',
  mend: 'Print {representative.name} with {representative.phone} or {representative.email}.',
  facts: ['representative.phone', 'representative.email'],
});
