/* What scripts of live parts have registered, and what pages have brought. */
export const clients = {},
  bodies = {},
  pages = {},
  blobs = {};
export const script = (name, body) => {
  if (!bodies[name]) {
    bodies[name] = body;
    body();
  }
};
export const define = (name, client) => {
  clients[name] = client;
};
export const part = (key, say, page) => {
  pages[key] = [page, say];
};
export const asset = (file, base64) => {
  blobs[file] = base64;
};
