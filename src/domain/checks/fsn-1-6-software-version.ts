import { templateField } from './template-field.ts';

/** Which versions of the software are affected; the example never said so on paper. */
export const fsnSoftwareVersion = templateField({
  rule: 'fsn-1-6-software-version',
  number: '1.6',
  title: 'which software versions are affected',
  mend: 'Print {product.software} in the table of products.',
  facts: ['product.software', 'cve.versions'],
  // A notice about something that has no software says nothing of its version.
  when: (_texts, { action, facts }) =>
    action.kind === 'security-patch' || (facts.groups.product ?? []).some((row) => row.software !== undefined),
});
