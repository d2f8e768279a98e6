import type { VNode } from 'preact';
import type { C } from '../../context.ts';
import type { FormState } from '../../ui/form.ts';
import { callMend, incidentMend } from './mend-call.tsx';
import { letterMend, noContactMend, proposalMend } from './mend-contact.tsx';
import { contradictionMend, helpMend, unsureMend } from './mend-evidence.tsx';
import { kitOverdueMend, mediumMend, withdrawnMend } from './mend-kit.tsx';
import { mailMend } from './mend-mail.tsx';
import { movedMend, unknownUnitMend } from './mend-unit.tsx';
import type { Task } from './tasks.tsx';

/**
 * The form that solves a task right where it is read. Sending it does what the task asks for and ends the task in the
 * same transaction. Null for kinds that only a person's judgement ends.
 * @param form what was typed and refused, when the form comes back
 */
export async function taskMends(c: C, task: Task, form: FormState): Promise<VNode | null> {
  const ctx = c.get('ctx');
  switch (task.kind) {
    case 'bounce':
    case 'missing-address':
    case 'send-failed':
      return letterMend(ctx, task, form);
    case 'no-contact':
      return noContactMend(ctx, task, form);
    case 'contact-change':
      return proposalMend(ctx, task, form);
    case 'contradiction':
      return contradictionMend(ctx, task, form);
    case 'unknown-unit':
      return unknownUnitMend(ctx, task, form);
    case 'moved':
    case 'not-theirs':
      return movedMend(ctx, task, form);
    case 'telephone':
    case 'call-number':
    case 'call-help':
      return callMend(ctx, task);
    case 'suspected-compromise':
      return incidentMend(ctx, task, form);
    case 'mail-problem':
      return mailMend(task);
    case 'unsure-delivery':
      return unsureMend(ctx, task);
    case 'medium':
      return mediumMend(ctx, task);
    case 'kit-overdue':
      return kitOverdueMend(ctx, task);
    case 'package-withdrawn':
      return withdrawnMend(task);
    case 'blocked':
    case 'support':
    case 'passed-on':
    case 'customer-list-refused':
      return helpMend(task);
    default:
      return null;
  }
}
