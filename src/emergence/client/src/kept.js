/* A chart keeps the drawings of the specifications it drew last: going back to one, or to one made ready in an idle moment,
   costs no parsing. All charts of a page together keep a few that are not shown. */
export const KEPT = 8;
export const SPARE = 16;
