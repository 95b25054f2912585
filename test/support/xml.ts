/** An element of a parsed document. */
export interface XmlElement {
  name: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  text: string;
}

/** XML 1.0 section 2.2, production Char. */
const NOT_XML_CHAR = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const TOKEN = /<\?xml [^?]*\?>|<(\/?)([A-Za-z][\w.-]*)((?:\s+[\w:.-]+="[^"<]*")*)\s*(\/?)>|[^<]+/y;
const REFERENCE = /&(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);/g;
const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** A strict reader for the little XML that reports use: throws where a real parser would refuse the document. */
export function parseXml(text: string): XmlElement {
  if (NOT_XML_CHAR.test(text)) throw new Error('a character that XML 1.0 forbids');
  const root: XmlElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const from = TOKEN.lastIndex;
    const token = TOKEN.exec(text);
    if (token === null) throw new Error(`not well-formed at ${JSON.stringify(text.slice(from, from + 60))}`);
    const [whole, closing, name, attributes = '', empty] = token;
    const parent = open.at(-1) as XmlElement;
    if (name === undefined) {
      if (!whole.startsWith('<?')) parent.text += decoded(whole);
    } else if (closing) {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes nothing`);
    } else {
      const element = { name, attributes: attributesOf(attributes), children: [], text: '' };
      parent.children.push(element);
      if (!empty) open.push(element);
    }
  }
  const [only] = root.children;
  if (open.length !== 1 || root.children.length !== 1 || only === undefined || root.text.trim() !== '')
    throw new Error('not exactly one root element');
  return only;
}

function attributesOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/([\w:.-]+)="([^"]*)"/g)].map(([, name, value = '']) => [name, decoded(value)]),
  );
}

function decoded(text: string): string {
  if (text.replace(REFERENCE, '').includes('&'))
    throw new Error(`bare & in ${JSON.stringify(text.slice(0, 60))}`);
  return text.replace(REFERENCE, (reference) => {
    const name = reference.slice(1, -1);
    if (!name.startsWith('#')) return ENTITIES[name] ?? '';
    return String.fromCodePoint(
      name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1)),
    );
  });
}
