/** What Node 12 does not have yet and the parts we bundle use. */
const old = Object as { hasOwn?: (object: object, key: PropertyKey) => boolean };
// biome-ignore lint/suspicious/noPrototypeBuiltins: this is where Object.hasOwn comes from
old.hasOwn ??= (object, key) => Object.prototype.hasOwnProperty.call(object, key);
