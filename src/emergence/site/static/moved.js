/* A renamed page: on to the new address, with the fragment, and without a step back to here. */
location.replace(document.querySelector("link[rel=canonical]").href + location.search + location.hash);
