import { productList } from '../../../app/queries/products.ts';
import { refuse } from '../../../domain/refusal.ts';
import { type C, idParam } from '../../context.ts';
import { answerRefusal } from '../../refusal.tsx';
import { LinkButton } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card, Columns, Identifier, KeyValue } from '../../ui/parts.tsx';
import { DataTable } from '../../ui/table.tsx';
import { listPage } from '../list-page.tsx';
import { shellOf } from '../shell.ts';

function identifiers(values: readonly string[]) {
  return values.map((value, index) => (
    <span key={value}>
      {index > 0 ? ', ' : ''}
      <Identifier>{value}</Identifier>
    </span>
  ));
}

/** GET /products */
export async function showProducts(c: C): Promise<Response> {
  return listPage(c, {
    list: productList,
    scope: undefined,
    title: 'Products',
    lede: 'The catalogue: what is sold, how it is identified, and which environments it boots into.',
    caption: 'Products',
    columns: [
      { key: 'name', title: 'Name', cell: (row) => row.name, sortable: true, rowHeader: true },
      { key: 'code', title: 'Code', cell: (row) => <Identifier>{row.code}</Identifier>, sortable: true },
      { key: 'udi', title: 'UDI-DIs', cell: (row) => identifiers(row.udi_dis) },
      { key: 'catalogue', title: 'Catalogue numbers', cell: (row) => identifiers(row.catalogue) },
      { key: 'environments', title: 'Environments', cell: (row) => row.environments.join(', ') },
      { key: 'units', title: 'Units', align: 'number', cell: (row) => formatCount(row.units), sortable: true },
    ],
    rowHref: (row) => `/products/${row.id}`,
    search: 'Name, code, UDI-DI or catalogue number',
    filters: [
      {
        name: 'kind',
        label: 'Kind',
        options: [
          { value: 'instrument', label: 'Instrument' },
          { value: 'software', label: 'Software' },
          { value: 'consumable', label: 'Consumable' },
        ],
      },
    ],
    empty: {
      title: 'No products yet',
      text: 'Import the catalogue first: units are recognised by its codes, catalogue numbers and UDI-DIs.',
      action: (
        <LinkButton href="/imports/new" tone="primary" icon="upload">
          Import products
        </LinkButton>
      ),
    },
  });
}

/** GET /products/:id */
export async function showProduct(c: C): Promise<Response> {
  const id = idParam(c, 'id');
  const { db } = c.get('ctx');
  const product =
    id === undefined ? undefined : await db.selectFrom('product').selectAll().where('id', '=', id).executeTakeFirst();
  if (!product) return answerRefusal(c, refuse('product.unknown', { id: c.req.param('id') ?? '' }), '/products');
  const codes = await db
    .selectFrom('product_identifier')
    .selectAll()
    .where('product_id', '=', product.id)
    .orderBy('scheme')
    .orderBy('value')
    .execute();
  const pairs = await db
    .selectFrom('product_identifier_pair as pair')
    .innerJoin('product_identifier as k', 'k.id', 'pair.catalogue_id')
    .innerJoin('product_identifier as u', 'u.id', 'pair.udi_di_id')
    .select(['k.printed as catalogue', 'u.printed as udi'])
    .where('k.product_id', '=', product.id)
    .orderBy('k.value')
    .execute();
  const environments = await db
    .selectFrom('environment')
    .selectAll()
    .where('product_id', '=', product.id)
    .orderBy('position')
    .execute();
  return html(
    c,
    <DeskPage
      shell={await shellOf(c)}
      title={product.name}
      lede={product.description || undefined}
      crumbs={[{ href: '/products', label: 'Products' }]}
      actions={
        <LinkButton href={`/units?product=${product.id}`} tone="secondary" icon="list">
          Its units
        </LinkButton>
      }
    >
      <Columns>
        <Card title="About">
          <KeyValue
            rows={[
              { label: 'Code', value: <Identifier>{product.code}</Identifier> },
              { label: 'Kind', value: product.kind },
              { label: 'Environments', value: environments.map((row) => row.name).join(', ') },
            ]}
          />
        </Card>
        <Card title="Identifiers" flush>
          <DataTable
            caption="Identifiers"
            columns={[
              {
                key: 'scheme',
                title: 'Kind',
                cell: (row) => (row.scheme === 'udi-di' ? `UDI-DI (${row.issuer})` : row.scheme),
                rowHeader: true,
              },
              { key: 'value', title: 'Number', cell: (row) => <Identifier>{row.printed}</Identifier> },
              {
                key: 'pairs',
                title: 'Goes with',
                cell: (row) =>
                  identifiers(
                    pairs.flatMap((pair) =>
                      pair.catalogue === row.printed ? [pair.udi] : pair.udi === row.printed ? [pair.catalogue] : [],
                    ),
                  ),
              },
            ]}
            rows={codes}
            rowKey={(row) => row.id}
            empty={{ title: 'No identifiers', text: 'Import the catalogue again with UDI-DIs and catalogue numbers.' }}
          />
        </Card>
      </Columns>
    </DeskPage>,
  );
}
