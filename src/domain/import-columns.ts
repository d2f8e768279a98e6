/**
 * What can be imported and its columns, as data: the page that shows an import, the template to download, the mapping and the
 * checks all read this table. Headings are those ERP systems print in English, German and Italian, SAP's field names among them;
 * they are compared without case, accents, blanks and punctuation.
 */

/** The kinds of import, in the order they build on each other. */
export const IMPORT_KINDS = ['parties', 'sites', 'contacts', 'products', 'units'] as const;
export type ImportKind = (typeof IMPORT_KINDS)[number];

/** How a cell is read. See import-cells.ts, one reader for each. */
export type ColumnType =
  | 'text'
  | 'ref'
  | 'country'
  | 'email'
  | 'phone'
  | 'date'
  | 'yes-no'
  | 'quantity'
  | 'choice'
  | 'languages'
  | 'list'
  | 'identifiers'
  | 'pairs'
  | 'product'
  | 'srn'
  | 'zone';

/** One column of an import. */
export type ImportColumn = {
  key: string;
  label: string;
  type: ColumnType;
  required: boolean;
  description: string;
  examples: readonly string[];
  /** Headings it is known by; one that starts with ~ may also mean another column and counts less. */
  headings: readonly string[];
  /** For `choice`: our word → the words people write for it. */
  choices?: Readonly<Record<string, readonly string[]>>;
};

type Extra = Partial<Pick<ImportColumn, 'required' | 'choices'>>;

function column(
  key: string,
  label: string,
  type: ColumnType,
  description: string,
  examples: string,
  headings: string,
  extra: Extra = {},
): ImportColumn {
  return {
    key,
    label,
    type,
    required: false,
    description,
    examples: split(examples),
    headings: split(headings),
    ...extra,
  };
}
function split(text: string): string[] {
  return text === '' ? [] : text.split('|');
}
const required = { required: true };

const PARTY_KINDS = {
  customer: split(
    'customer|client|kunde|debitor|cliente|hospital|krankenhaus|ospedale|end user|endkunde|laboratory|labor|laboratorio|k|c',
  ),
  distributor: split('distributor|dealer|reseller|händler|distributore|rivenditore|vertriebspartner|d'),
  importer: split('importer|importeur|importatore'),
  'authorised-representative': split(
    'authorised representative|authorized representative|ar|ec rep|bevollmächtigter|mandatario|rappresentante autorizzato|eu rep|ch rep',
  ),
  authority: split('authority|competent authority|behörde|zuständige behörde|autorità|autorità competente|regulator'),
};

/** What a contact is there for. A recall contact is asked first; bill-to and ship-to are told as well (facts: FDA guidance of 2020). */
const CONTACT_ROLES = {
  recall: split(
    'recall|recall contact|recall coordinator|fsn|safety|sicherheitsbeauftragter|rückrufkontakt|rückruf|beauftragter für medizinproduktesicherheit|bmps|richiamo|referente richiami|responsabile vigilanza|vigilanza',
  ),
  laboratory: split(
    'laboratory|lab|lab manager|labor|laborleitung|laborleiter|laborleiterin|laboratorio|responsabile laboratorio|direttore laboratorio',
  ),
  it: split('it|it security|edv|informatik|informatica|sistemi informativi|ced|cybersecurity'),
  quality: split('quality|qa|qm|quality manager|qualität|qualitätsmanagement|qualità|responsabile qualità|rau'),
  purchasing: split(
    'purchasing|procurement|bill to|billing|accounting|einkauf|rechnungsempfänger|buchhaltung|acquisti|ufficio acquisti|fatturazione|regulierer|sold to|auftraggeber',
  ),
  'ship-to': split(
    'ship to|shipping|delivery|warehouse|warenempfänger|wareneingang|lager|lieferung|destinatario merci|consegna|magazzino',
  ),
  general: split('general|main|other|allgemein|zentrale|sonstige|generale|altro|principale'),
};

const STREET =
  'street|street address|address|address 1|address line 1|straße|strasse|str|adresse|anschrift|straße und hausnummer|straße hausnummer|straße nr|via|indirizzo|stras|street house number';
const POSTCODE = 'postcode|postal code|zip|zip code|plz|postleitzahl|cap|codice postale|pstlz|post code';
const CITY = 'city|town|ort|stadt|wohnort|città|comune|località|ort01';
const COUNTRY =
  'country|country code|country key|land|ländercode|länderschlüssel|länderkennzeichen|ländername|staat|paese|nazione|codice paese|stato|land1|country name|iso country';
const REGION = 'region|state|province|county|bundesland|kanton|regione|provincia|prov|regio';
const PHONE =
  'phone|telephone|tel|phone number|telephone number|telefon|telefonnummer|telefon nr|rufnummer|telefono|numero di telefono|telf1|mobile|handy|cellulare';
const EMAIL =
  'e mail|mail|e mail address|mail address|e mail adresse|mailadresse|indirizzo e mail|posta elettronica|indirizzo di posta elettronica|smtp addr|pec';
const PARTY_REF =
  'party ref|party|customer number|customer no|customer id|customer code|customer ref|customer|account|account number|debitor|debitorennummer|debitor nr|debitoren nr|kundennummer|kunden nr|kdnr|kd nr|kundennr|kunde|kunnr|sold to|sold to party|auftraggeber|codice cliente|cod cliente|n cliente|numero cliente|cliente|bp|business partner|geschäftspartner|partner';
const SITE_REF =
  'site ref|site|site number|site no|site id|site code|location|location id|location code|plant|ship to|ship to party|ship to number|werk|werks|standort|standortnummer|standort nr|einsatzort|aufstellort|warenempfänger|kunwe|lieferadresse nr|technischer platz|tplnr|functional location|sede|codice sede|cod sede|ubicazione|stabilimento|punto di consegna|destinatario merci';

const parties: ImportColumn[] = [
  column(
    'ref',
    'Number',
    'ref',
    'The number this party has in your ERP system. It is the key: the same number again is a change, not a new party.',
    '104211|D-2044',
    `ref|reference|number|no|nr|numero|codice|id|party ref|distributor number|händlernummer|lieferant|kreditor|lifnr|customer number|customer no|customer id|customer code|account id|debitorennummer|debitor nr|debitoren nr|kundennummer|kunden nr|kdnr|kd nr|kundennr|kunnr|codice cliente|cod cliente|n cliente|numero cliente|geschäftspartnernummer|business partner number|~debitor|~kunde|~customer|~cliente|~geschäftspartner|~business partner|~account number`,
    required,
  ),
  column(
    'name',
    'Name',
    'text',
    'The organisation as it is addressed in a letter.',
    'Labor 0421, Musterstadt',
    'name|name 1|name1|customer name|company|company name|organisation|organization|organisation name|account name|kundenname|firma|firmenname|name des kunden|bezeichnung|ragione sociale|nome|nome cliente|denominazione|azienda|nominativo|~customer|~kunde|~cliente|~debitor|~hospital|~krankenhaus|~ospedale',
    required,
  ),
  column(
    'kind',
    'Kind',
    'choice',
    'Customer when left out.',
    'customer|distributor',
    'kind|type|party type|role|customer type|account type|account group|art|typ|kundenart|kundentyp|kontengruppe|rolle|ktokd|tipo|tipo cliente|tipologia|ruolo',
    { choices: PARTY_KINDS },
  ),
  column(
    'country',
    'Country',
    'country',
    'Decides languages, working days and the authority.',
    'DE|Italia|AUT',
    COUNTRY,
    required,
  ),
  column('street', 'Street', 'text', 'Street and house number.', 'Beispielweg 12', STREET),
  column('postcode', 'Postcode', 'text', '', '01067', POSTCODE),
  column('city', 'City', 'text', '', 'Musterstadt', CITY),
  column('region', 'Region', 'text', 'State or province.', 'Sachsen', REGION),
  column('phone', 'Telephone', 'phone', 'A switchboard; people belong to contacts.', '+49 351 000000', PHONE),
  column('email', 'E-mail', 'email', 'A general address; people belong to contacts.', 'info@lab-0421.example', EMAIL),
  column(
    'accountNo',
    'Account number',
    'ref',
    'A second number by which the party knows itself with you.',
    'A-88120',
    'account number|account no|account nr|konto|kontonummer|conto|numero conto|n conto|crm id|salesforce id',
  ),
  column(
    'distributorRef',
    'Distributor',
    'ref',
    'Number of the distributor this party is served through.',
    'D-2044',
    'distributor|distributor ref|distributor no|distributor id|dealer|dealer no|served by|händler|händlernummer|vertriebspartner|distributore|codice distributore|rivenditore|tramite',
  ),
  column(
    'srn',
    'SRN',
    'srn',
    'Single registration number in EUDAMED: manufacturers, authorised representatives and importers have one, distributors do not.',
    'BE-AR-000000106',
    'srn|single registration number|actor id|eudamed id|eudamed srn',
  ),
];

const sites: ImportColumn[] = [
  column(
    'ref',
    'Number',
    'ref',
    'The number of the site in your ERP system; the key.',
    '104211-01',
    `ref|reference|number|no|nr|numero|codice|id|${SITE_REF}`,
    required,
  ),
  column('partyRef', 'Party', 'ref', 'Number of the party this site belongs to.', '104211', PARTY_REF, required),
  column(
    'name',
    'Name',
    'text',
    'How people there call it.',
    'Haus 3, Genetik',
    'name|name 1|name1|site name|location name|standortname|bezeichnung|werksname|name des standorts|nome|nome sede|denominazione|descrizione|department|abteilung|reparto',
    required,
  ),
  column('country', 'Country', 'country', '', 'DE', COUNTRY, required),
  column('street', 'Street', 'text', '', 'Beispielweg 12', STREET),
  column('postcode', 'Postcode', 'text', '', '01067', POSTCODE),
  column('city', 'City', 'text', '', 'Musterstadt', CITY),
  column('region', 'Region', 'text', '', 'Sachsen', REGION),
  column(
    'zone',
    'Time zone',
    'zone',
    'Only where the country has several.',
    'Europe/Berlin',
    'time zone|timezone|tz|zone|zeitzone|fuso orario|tzone',
  ),
];

const contacts: ImportColumn[] = [
  column(
    'ref',
    'Number',
    'ref',
    'The number of the contact, when your system has one.',
    'AP-771',
    'contact ref|contact number|contact no|contact id|ref|id|ansprechpartnernummer|ansprechpartner nr|parnr|codice contatto|id contatto|~number|~nr',
  ),
  column('partyRef', 'Party', 'ref', 'Number of the party.', '104211', PARTY_REF, required),
  column(
    'siteRef',
    'Site',
    'ref',
    'Number of the site, when the person is there for one site only.',
    '104211-01',
    SITE_REF,
  ),
  column(
    'name',
    'Name',
    'text',
    'Name of the person or the function.',
    'Dr. Erika Muster',
    'name|full name|contact|contact name|contact person|ansprechpartner|ansprechperson|kontakt|kontaktname|name des ansprechpartners|nome|nome e cognome|nominativo|referente|contatto|nome contatto',
    required,
  ),
  column(
    'title',
    'Title',
    'text',
    'What the person does there.',
    'Laborleitung',
    'title|job title|position|funktion|stellenbezeichnung|titel|qualifica|mansione|titolo|posizione|~function',
  ),
  column(
    'role',
    'Role',
    'choice',
    'What we write to this contact for; general when left out.',
    'recall|it',
    'role|contact role|contact type|rolle|kontaktart|partnerrolle|parvw|ruolo|tipo contatto|department|abteilung|reparto|~function',
    { choices: CONTACT_ROLES },
  ),
  column(
    'languages',
    'Languages',
    'languages',
    'In the order preferred; the languages of the country when left out.',
    'de|de, fr|italiano',
    'language|languages|correspondence language|sprache|sprachen|korrespondenzsprache|sprachschlüssel|spras|lingua|lingue|lingua di corrispondenza|lang',
  ),
  column('email', 'E-mail', 'email', 'One address; a second person is a second row.', 'recall@lab-0421.example', EMAIL),
  column('phone', 'Telephone', 'phone', '', '+49 351 000000', PHONE),
  column(
    'channel',
    'Channel',
    'choice',
    'E-mail when there is an address, else post.',
    'email|post|phone',
    'channel|preferred channel|contact channel|kanal|kontaktweg|kommunikationsweg|versandart|canale|canale preferito|modalità di invio',
    {
      choices: {
        email: split('email|e mail|mail|posta elettronica|int'),
        post: split('post|letter|mail letter|brief|postal|posta|lettera|let'),
        phone: split('phone|telephone|tel|telefon|telefono'),
      },
    },
  ),
];

const products: ImportColumn[] = [
  column(
    'code',
    'Product code',
    'ref',
    'Your own code of the product; the key.',
    'NEXTSEQ-550DX',
    'code|product code|product id|product no|product number|product|material|material number|materialnummer|material nr|matnr|artikel|artikelnummer|artikel nr|item|item number|item code|produktcode|produktnummer|codice prodotto|cod prodotto|codice articolo|cod articolo|articolo|materiale|codice materiale|sku',
    required,
  ),
  column(
    'name',
    'Name',
    'text',
    '',
    'NextSeq 550Dx',
    'name|product name|trade name|brand name|item name|description short|short text|materialkurztext|kurztext|maktx|bezeichnung|produktname|handelsname|artikelbezeichnung|materialbezeichnung|nome|nome prodotto|nome commerciale|denominazione|denominazione commerciale',
    required,
  ),
  column(
    'kind',
    'Kind',
    'choice',
    'Instrument when left out.',
    'instrument|software',
    'kind|type|product type|material type|art|typ|produktart|materialart|mtart|tipo|tipo prodotto|categoria',
    {
      choices: {
        instrument: split(
          'instrument|device|equipment|system|analyser|analyzer|gerät|instrumente|strumento|dispositivo|apparecchio|apparecchiatura',
        ),
        software: split('software|sw|app|programma'),
        consumable: split(
          'consumable|reagent|kit|verbrauchsmaterial|reagenz|consumabile|reagente|materiale di consumo|ivd',
        ),
      },
    },
  ),
  column(
    'udiDis',
    'UDI-DIs',
    'identifiers',
    'One or more, with semicolons between them. The check digit must be right.',
    '00816270020125|00816270020002; 00816270020699',
    'udi di|udi dis|udi|udi codes|di|device identifier|primary di|gtin|gtins|ean|ean code|ean11|upc|gerätekennung|produktkennung|identificativo del dispositivo|codice udi|udi di code',
  ),
  column(
    'catalogueNumbers',
    'Catalogue numbers',
    'list',
    'One or more, with semicolons between them.',
    '20005715|DX-410-1001; 15036706',
    'catalogue number|catalogue numbers|catalogue no|catalogue nos|catalog number|catalog numbers|catalog no|cat no|ref|ref no|reference number|katalognummer|katalognummern|katalog nr|bestellnummer|bestell nr|best nr|numero di catalogo|numeri di catalogo|n catalogo|codice catalogo|mfr part number|manufacturer part number|mfrpn',
  ),
  column(
    'pairs',
    'UDI-DI and catalogue number pairs',
    'pairs',
    'Which catalogue number carries which UDI-DI: DI:catalogue, with semicolons between pairs.',
    '00816270020002:DX-410-1001',
    'pairs|udi catalogue pairs|di catalogue|udi di catalogue number|zuordnung|coppie',
  ),
  column(
    'environments',
    'Environments',
    'list',
    'Modes that are corrected one by one; one when left out.',
    'Dx, RUO',
    'environments|environment|modes|mode|boot mode|boot modes|betriebsarten|betriebsart|modus|modi|umgebungen|umgebung|ambienti|ambiente|modalità',
  ),
  column(
    'softwareVersions',
    'Software versions',
    'list',
    'Versions in the field.',
    '1.3; 2.4; 3.1',
    'software versions|software version|versions|version|sw version|softwareversion|softwareversionen|softwarestand|versione software|versioni software|versione|versioni',
  ),
  column(
    'description',
    'Description',
    'text',
    '',
    'Sequencer for in vitro diagnostic use',
    'description|long text|beschreibung|langtext|descrizione|intended use|zweckbestimmung',
  ),
];

const UNIT_PRODUCT =
  'product|product code|product ref|product no|product number|material|material number|materialnummer|material nr|matnr|artikel|artikelnummer|artikel nr|item|item number|item code|produkt|produktcode|produktnummer|catalogue number|catalogue no|catalog number|catalog no|cat no|katalognummer|katalog nr|bestellnummer|udi di|udi|gtin|codice prodotto|cod prodotto|codice articolo|cod articolo|articolo|materiale|codice materiale|prodotto|numero di catalogo|~model|~modell|~modello|~ref|~device|~gerät|~strumento|~ean|~sku';

const units: ImportColumn[] = [
  column(
    'product',
    'Product',
    'product',
    'Product code, catalogue number or UDI-DI: any of them.',
    '20005715|00816270020125',
    UNIT_PRODUCT,
    required,
  ),
  column(
    'kind',
    'Kind',
    'choice',
    'Derived when left out: an instance is standalone, a serial number an instrument, a lot alone a lot.',
    'serial|lot|standalone',
    'kind|unit kind|unit type|art|typ|tipo|~type',
    {
      choices: {
        serial: split(
          'serial|serialised|serialized|instrument|device|equipment|gerät|seriennummer|strumento|matricola',
        ),
        lot: split('lot|batch|charge|lotto'),
        standalone: split(
          'standalone|stand alone|software|off instrument|eigenständig|autonoma|istanza autonoma|computer|pc',
        ),
      },
    },
  ),
  column(
    'serial',
    'Serial number',
    'ref',
    'As it stands on the label.',
    'NDX550123',
    'serial|serial number|serial no|serial nr|serial num|serialnumber|s n|sn|seriennummer|serien nr|seriennr|serialnummer|fabriknummer|fabrik nr|gerätenummer|geräte nr|sernr|serge|equipment|equipment number|equipmentnummer|equnr|matricola|numero di matricola|n matricola|numero di serie|numeri di serie|n di serie|n serie|nr di serie|num serie|seriale|numero seriale',
  ),
  column(
    'lot',
    'Lot',
    'ref',
    '',
    'A213B1',
    'lot|lot number|lot no|batch|batch number|batch no|charge|chargennummer|chargen nr|chargennr|charg|los|losnummer|lotto|numero di lotto|n lotto|numero lotto|partita',
  ),
  column(
    'instance',
    'Instance',
    'ref',
    'Name of a standalone software installation: a host name or a licence number.',
    'LRM-PC-07',
    'instance|instance id|standalone instance|host|host name|hostname|computer|computer name|computername|workstation|licence|license|licence number|license key|instanz|rechner|rechnername|lizenz|lizenznummer|istanza|nome computer|licenza|installation|installation id',
  ),
  column(
    'quantity',
    'Quantity',
    'quantity',
    'Pieces of a lot.',
    '12',
    'quantity|qty|amount|count|pieces|pcs|menge|anzahl|stück|stückzahl|bestand|labst|menge me|quantità|q tà|qta|pezzi|numero pezzi|giacenza',
  ),
  column('siteRef', 'Site', 'ref', 'Number of the site where it stands.', '104211-01', SITE_REF),
  column('partyRef', 'Party', 'ref', 'Number of the party, when the site is not known.', '104211', PARTY_REF),
  column(
    'shippedOn',
    'Shipped on',
    'date',
    '',
    '2021-03-17|04MAY2022',
    'shipped on|shipped|ship date|shipping date|shipment date|date shipped|delivery date|delivered on|goods issue date|invoice date|installation date|install date|versanddatum|versand|versendet am|lieferdatum|geliefert am|ausgeliefert am|auslieferdatum|auslieferungsdatum|warenausgang|warenausgangsdatum|warenausgang am|installationsdatum|wadat|data di spedizione|data spedizione|spedito il|data di consegna|data consegna|consegnato il|data ddt|data installazione|date|datum|data',
  ),
  column(
    'connected',
    'Connected',
    'yes-no',
    'Whether it is on the Internet: decides how the patch gets there and the clock.',
    'yes|no|unknown',
    'connected|internet|internet connected|connected to the internet|online|network|networked|verbunden|internetanbindung|mit internet|netzwerk|vernetzt|am netz|connesso|connessa|connesso a internet|collegato|rete|in rete',
  ),
  column(
    'software',
    'Software version',
    'ref',
    'For every environment, when the file has one column for all. A heading such as Software Dx is that environment’s own.',
    '3.1',
    'software|software version|sw version|sw|version|lrm version|lrm|firmware|firmware version|softwareversion|softwarestand|software stand|versionsstand|versione software|versione sw|versione|versione lrm',
  ),
  column(
    'soldThroughRef',
    'Sold through',
    'ref',
    'Number of the distributor it was sold through.',
    'D-2044',
    'sold through|distributor|distributor ref|distributor no|dealer|reseller|verkauft über|händler|händlernummer|vertriebspartner|venduto tramite|distributore|codice distributore|rivenditore',
  ),
];

/** Every kind of import and its columns. */
export const IMPORT_COLUMNS: Readonly<Record<ImportKind, readonly ImportColumn[]>> = {
  parties,
  sites,
  contacts,
  products,
  units,
};
