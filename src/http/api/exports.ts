import { z } from 'zod';
import type { Context } from '../../app/context.ts';
import { actionList } from '../../app/queries/actions.ts';
import { correctionList } from '../../app/queries/corrections.ts';
import { deliveryList } from '../../app/queries/deliveries.ts';
import { downloadList } from '../../app/queries/downloads.ts';
import { eventList } from '../../app/queries/events.ts';
import { followUpList } from '../../app/queries/follow-ups.ts';
import { holdingList } from '../../app/queries/holdings.ts';
import type { ListDefinition } from '../../app/queries/list.ts';
import { obligationList, partyList } from '../../app/queries/parties.ts';
import { productList } from '../../app/queries/products.ts';
import { taskList } from '../../app/queries/tasks.ts';
import { unitList } from '../../app/queries/units.ts';
import { staffIdOf } from '../../domain/actor.ts';
import { forbid, type Permission } from '../../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../../domain/refusal.ts';
import { TABLE_MEDIA_TYPES, type TableFormat } from '../../domain/table-format.ts';
import { exportList } from '../staff/list-page.tsx';
import { actionOf } from './find.ts';
import { filtersOf } from './list.ts';
import { type Operation, operation } from './operation.ts';

interface Query {
  [name: string]: unknown;
  format: TableFormat;
  action?: string | undefined;
}
interface Export {
  permission: Permission;
  /** Filter names the list takes. */
  filters: readonly string[];
  write(ctx: Context, query: Query): Promise<Response | Refusal>;
}

function exportOf<Row extends object, Scope>(
  list: ListDefinition<Row, Scope>,
  permission: Permission,
  scope: (ctx: Context, query: Query) => Promise<Scope | Refusal> | Scope | Refusal,
): Export {
  return {
    permission,
    filters: Object.keys(list.filters),
    async write(ctx, query) {
      const about = await scope(ctx, query);
      return isRefusal(about) ? about : exportList(ctx, list, filtersOf(query, list), about as Scope, query.format);
    },
  };
}

const everything = () => undefined;
const ofAction = async (ctx: Context, { action }: Query) =>
  action === undefined ? refuse('export.action-missing', {}, 'action') : actionOf(ctx, { reference: action });

/** Every list that can be taken away as a file. */
const lists = {
  actions: exportOf(actionList, 'action.read', everything),
  corrections: exportOf(correctionList, 'action.read', ofAction),
  deliveries: exportOf(deliveryList, 'delivery.read', ofAction),
  downloads: exportOf(downloadList, 'package.read', ofAction),
  holdings: exportOf(holdingList, 'delivery.read', ofAction),
  'follow-up': exportOf(followUpList, 'action.read', async (ctx, query) => {
    const found = await ofAction(ctx, query);
    return isRefusal(found) ? found : { ...found, now: ctx.now() };
  }),
  events: exportOf(eventList, 'event.read', everything),
  obligations: exportOf(obligationList, 'action.read', ofAction),
  parties: exportOf(partyList, 'party.read', everything),
  products: exportOf(productList, 'product.read', everything),
  tasks: exportOf(taskList, 'task.read', (ctx) => ({ me: staffIdOf(ctx.actor) })),
  units: exportOf(unitList, 'unit.read', everything),
} satisfies Record<string, Export>;
type ListName = keyof typeof lists;
const names = Object.keys(lists) as [ListName, ...ListName[]];

export const exportOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/exports/:list',
    permission: 'export',
    tag: 'Record',
    summary: 'Export a list',
    description:
      'The whole list as a file, streamed, in the columns of the desk. Takes the filters of the list; corrections, deliveries, downloads, ' +
      'follow-up and obligations need `action`. A cell that a spreadsheet would take for a formula is written as text.',
    params: z.object({ list: z.enum(names).describe('Which list.') }),
    query: z.looseObject({
      format: z.enum(['csv', 'xlsx']).default('csv').describe('Kind of file.'),
      action: z.string().max(60).optional().describe('Reference or number of the action.'),
      q: z.string().max(200).optional().describe('Search text.'),
    }),
    answer: {
      mediaTypes: Object.values(TABLE_MEDIA_TYPES),
      description: 'The file.',
    },
    example: { params: { list: 'corrections' }, query: { action: 'FSN2022-1230', format: 'csv' } },
    async run(ctx, { params, query }) {
      const chosen: Export = lists[params.list];
      const no = forbid(ctx.actor, chosen.permission);
      if (no) return no;
      const unknown = Object.keys(query).find((name) => !['format', 'action', 'q', ...chosen.filters].includes(name));
      if (unknown !== undefined)
        return refuse('export.filter-unknown-name', { name: unknown, filters: chosen.filters.join(', ') }, unknown);
      return chosen.write(ctx, query as Query);
    },
  }),
];
