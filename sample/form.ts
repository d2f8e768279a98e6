/** The verification form of the example action. */
import type { FormDefinition } from '../src/domain/form.ts';
import { standardForm } from '../src/domain/form-standard.ts';

export const sampleForm: FormDefinition = standardForm({
  reference: 'FSN2022-1230',
  software: 'Local Run Manager',
});
