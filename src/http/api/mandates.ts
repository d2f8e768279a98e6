import { z } from 'zod';
import { giveMandate, giveMandateInput, withdrawMandate } from '../../app/mandates.ts';
import { idOf, type Operation, operation } from './operation.ts';

const tag = 'Answers by spreadsheet';
const id = z.number().int();

/** Who may answer for whom, beside those who may without it. */
export const mandateOperations: readonly Operation[] = [
  operation({
    method: 'POST',
    path: '/parties/:id/mandates',
    permission: 'party.change',
    tag,
    summary: 'Let a party answer for others',
    description:
      'A hospital group for its houses, say. Distributors answer for those they serve without it. Gives how many mandates are new.',
    params: idOf('party that answers'),
    body: giveMandateInput,
    answer: z.object({ id, given: id }),
    example: { params: { id: '42' }, body: { partyIds: [43, 44], reason: 'Letter of the group of 2 May 2022' } },
    run: (ctx, { params: path, body }) => giveMandate(ctx, path.id, body),
  }),
  operation({
    method: 'POST',
    path: '/mandates/:id/withdraw',
    permission: 'party.change',
    tag,
    summary: 'End a mandate',
    description: 'What was answered under it stays.',
    params: idOf('mandate'),
    answer: z.object({ id }),
    example: { params: { id: '5' } },
    run: (ctx, { params: path }) => withdrawMandate(ctx, path.id),
  }),
];
