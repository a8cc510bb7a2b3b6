// Only the parts of Vega that compiled Vega-Lite charts use: no maps, forces, trees or word clouds.
import { extend } from "vega-util";
import { transforms } from "vega-dataflow";
import * as tx from "vega-transforms";
import * as vtx from "vega-view-transforms";
import * as encode from "vega-encode";
extend(transforms, tx, vtx, encode);
export { parse } from "vega-parser";
export { View } from "vega-view";
export { changeset } from "vega-dataflow";

export { expressionInterpreter } from "vega-interpreter";
