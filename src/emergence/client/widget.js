/* The module of every widget. The client's code is the state of another widget, one per kernel, to which each figure refers: so it
   travels and is saved once, comes back with a saved notebook, and is nobody's answer to a message. */
const clients = (globalThis.emergenceClients ||= {});
const imported = async (code) => {
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  try {
    return await import(url);
  } finally {
    URL.revokeObjectURL(url);
  }
};
/* One client per version of its code; one that could not be loaded is tried again by the next figure. */
const client = (version, code) => {
  clients[version] ||= imported(code);
  clients[version].catch(() => {
    delete clients[version];
  });
  return clients[version];
};
export default {
  async render({ model, el }) {
    const library = await model.widget_manager.get_model(model.get("library").replace("IPY_MODEL_", ""));
    const { render } = await client(library.get("version"), library.get("code"));
    return render({ model, el });
  },
};
