import type { ImportKind } from '../../../domain/import.ts';

/** How each kind of import is told, and what is usually imported after it. */
export const kindWords: Record<
  ImportKind,
  { many: string; one: string; about: string; list: string; next: { text: string; href: string; label: string } }
> = {
  parties: {
    many: 'Parties',
    one: 'party',
    about: 'Customers, distributors and other organisations.',
    list: '/parties',
    next: {
      text: 'Sites tell where the units of these parties stand.',
      href: '/imports/new?kind=sites',
      label: 'Import sites',
    },
  },
  sites: {
    many: 'Sites',
    one: 'site',
    about: 'Buildings and laboratories of parties, where units stand.',
    list: '/parties',
    next: {
      text: 'Contacts are the people and functions that letters go to.',
      href: '/imports/new?kind=contacts',
      label: 'Import contacts',
    },
  },
  contacts: {
    many: 'Contacts',
    one: 'contact',
    about: 'Whom letters go to, in which language, by which channel.',
    list: '/parties',
    next: {
      text: 'Units are found by the products they are of.',
      href: '/imports/new?kind=products',
      label: 'Import products',
    },
  },
  products: {
    many: 'Products',
    one: 'product',
    about: 'The catalogue: codes, UDI-DIs, catalogue numbers, environments.',
    list: '/products',
    next: { text: 'Units say what is where.', href: '/imports/new?kind=units', label: 'Import units' },
  },
  units: {
    many: 'Units',
    one: 'unit',
    about: 'Instruments by serial number, lots, standalone installations.',
    list: '/units',
    next: {
      text: 'With the units known, an action finds those it affects.',
      href: '/actions/new',
      label: 'Create an action',
    },
  },
};
