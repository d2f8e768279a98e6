/** Countries as ERP systems write them: ISO 3166 codes of two or three letters, or names in English, German or Italian. */

/** Every code in force, alpha-2 and alpha-3 written together (ISO 3166-1), and Kosovo's user-assigned one. */
const CODES = `
  ADAND AEARE AFAFG AGATG AIAIA ALALB AMARM AOAGO AQATA ARARG ASASM ATAUT AUAUS AWABW AXALA AZAZE BABIH BBBRB
  BDBGD BEBEL BFBFA BGBGR BHBHR BIBDI BJBEN BLBLM BMBMU BNBRN BOBOL BQBES BRBRA BSBHS BTBTN BVBVT BWBWA BYBLR
  BZBLZ CACAN CCCCK CDCOD CFCAF CGCOG CHCHE CICIV CKCOK CLCHL CMCMR CNCHN COCOL CRCRI CUCUB CVCPV CWCUW CXCXR
  CYCYP CZCZE DEDEU DJDJI DKDNK DMDMA DODOM DZDZA ECECU EEEST EGEGY EHESH ERERI ESESP ETETH FIFIN FJFJI FKFLK
  FMFSM FOFRO FRFRA GAGAB GBGBR GDGRD GEGEO GFGUF GGGGY GHGHA GIGIB GLGRL GMGMB GNGIN GPGLP GQGNQ GRGRC GSSGS
  GTGTM GUGUM GWGNB GYGUY HKHKG HMHMD HNHND HRHRV HTHTI HUHUN IDIDN IEIRL ILISR IMIMN ININD IOIOT IQIRQ IRIRN
  ISISL ITITA JEJEY JMJAM JOJOR JPJPN KEKEN KGKGZ KHKHM KIKIR KMCOM KNKNA KPPRK KRKOR KWKWT KYCYM KZKAZ LALAO
  LBLBN LCLCA LILIE LKLKA LRLBR LSLSO LTLTU LULUX LVLVA LYLBY MAMAR MCMCO MDMDA MEMNE MFMAF MGMDG MHMHL MKMKD
  MLMLI MMMMR MNMNG MOMAC MPMNP MQMTQ MRMRT MSMSR MTMLT MUMUS MVMDV MWMWI MXMEX MYMYS MZMOZ NANAM NCNCL NENER
  NFNFK NGNGA NINIC NLNLD NONOR NPNPL NRNRU NUNIU NZNZL OMOMN PAPAN PEPER PFPYF PGPNG PHPHL PKPAK PLPOL PMSPM
  PNPCN PRPRI PSPSE PTPRT PWPLW PYPRY QAQAT REREU ROROU RSSRB RURUS RWRWA SASAU SBSLB SCSYC SDSDN SESWE SGSGP
  SHSHN SISVN SJSJM SKSVK SLSLE SMSMR SNSEN SOSOM SRSUR SSSSD STSTP SVSLV SXSXM SYSYR SZSWZ TCTCA TDTCD TFATF
  TGTGO THTHA TJTJK TKTKL TLTLS TMTKM TNTUN TOTON TRTUR TTTTO TVTUV TWTWN TZTZA UAUKR UGUGA UMUMI USUSA UYURY
  UZUZB VAVAT VCVCT VEVEN VGVGB VIVIR VNVNM VUVUT WFWLF WSWSM YEYEM YTMYT ZAZAF ZMZMB ZWZWE XKXKX`
  .trim()
  .split(/\s+/);

/** What Intl does not call them but people do. Already in the form of `foldText`. */
const OTHER_NAMES: Record<string, string> = {
  uk: 'GB',
  'great britain': 'GB',
  england: 'GB',
  scotland: 'GB',
  wales: 'GB',
  'northern ireland': 'GB',
  grossbritannien: 'GB',
  'gran bretagna': 'GB',
  inghilterra: 'GB',
  usa: 'US',
  'u s a': 'US',
  'u s': 'US',
  'united states of america': 'US',
  'vereinigte staaten von amerika': 'US',
  'stati uniti d america': 'US',
  america: 'US',
  d: 'DE',
  brd: 'DE',
  'bundesrepublik deutschland': 'DE',
  a: 'AT',
  i: 'IT',
  f: 'FR',
  ch: 'CH',
  el: 'GR',
  holland: 'NL',
  holand: 'NL',
  'the netherlands': 'NL',
  olanda: 'NL',
  'czech republic': 'CZ',
  'tschechische republik': 'CZ',
  tschechei: 'CZ',
  'repubblica ceca': 'CZ',
  'slovak republic': 'SK',
  korea: 'KR',
  'republic of korea': 'KR',
  'korea republic of': 'KR',
  'south korea': 'KR',
  'corea del sud': 'KR',
  'russian federation': 'RU',
  'russische foderation': 'RU',
  'federazione russa': 'RU',
  turkey: 'TR',
  tuerkei: 'TR',
  oesterreich: 'AT',
  daenemark: 'DK',
  rumaenien: 'RO',
  'viet nam': 'VN',
  'hong kong': 'HK',
  hongkong: 'HK',
  macau: 'MO',
  'taiwan province of china': 'TW',
  'ivory coast': 'CI',
  elfenbeinkuste: 'CI',
  'iran islamic republic of': 'IR',
  uae: 'AE',
  vae: 'AE',
  emirates: 'AE',
  'republic of ireland': 'IE',
  eire: 'IE',
  macedonia: 'MK',
  mazedonien: 'MK',
  'pr china': 'CN',
  'people s republic of china': 'CN',
  weissrussland: 'BY',
};

const BY_NAME = new Map<string, string>();
for (const language of ['en', 'de', 'it']) {
  const names = new Intl.DisplayNames([language], { type: 'region' });
  for (const code of CODES) BY_NAME.set(foldText(names.of(code.slice(0, 2)) ?? code), code.slice(0, 2));
}
for (const [name, code] of Object.entries(OTHER_NAMES)) BY_NAME.set(name, code);
for (const code of CODES)
  BY_NAME.set(code.slice(0, 2).toLowerCase(), code.slice(0, 2)).set(code.slice(2).toLowerCase(), code.slice(0, 2));

/**
 * A text in the form names are compared in: lower case, no accents, ß as ss, everything but letters and digits one space.
 * `N.º di serie` becomes `n o di serie`, `Serien-Nr.` becomes `serien nr`.
 */
export function foldText(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** ISO 3166-1 alpha-2 code of a country as somebody wrote it; undefined when nobody could know. */
export function readCountry(text: string): string | undefined {
  const exact = BY_NAME.get(text.toLowerCase());
  return exact ?? BY_NAME.get(foldText(text));
}
