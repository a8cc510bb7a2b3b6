// What the client finds on the page: the drawing library, and what figure.js gives to live.js, to live parts and to notebooks.
declare var vega: any;
declare var emergence: any;
