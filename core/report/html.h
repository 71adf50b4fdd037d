/* html.h: the frame of a page that needs no other file, and text in it. */
#ifndef RN_CORE_REPORT_HTML_H
#define RN_CORE_REPORT_HTML_H

#include <stdint.h>
#include <stdio.h>

/* The beginning of a page, up to and with its title as heading, and its end. `styles` prints
 * <style> elements; NULL: none. The page works without
 * scripts and network, in light and dark, on phone and desk. Its style knows:
 *   <dl class="facts">  terms and values in two columns;
 *   <dl class="figures">  large numbers side by side;
 *   <div class="wide">  what is scrolled sideways where it does not fit;
 *   <table>, where class "n" is a number and "text" a name;
 *   <p class="note">  what is small. */
void rn_html_open(FILE *out, const char *title, void (*styles)(FILE *out));
void rn_html_close(FILE *out);

/* A term and its value; a list ends with a name that is NULL. */
typedef struct rn_html_fact {
    const char *name, *value; /* value NULL or "": unknown, and left out */
} rn_html_fact;

/* Prints a list of facts. */
void rn_html_facts(FILE *out, const rn_html_fact *facts);

/* Prints text of others, in an element or in an attribute in double quotes. Control characters and
 * bytes that are not UTF-8 are escaped as in text.h; at most the first 4000 bytes. */
void rn_html_text(FILE *out, const char *text);

/* Prints ` name="text"`. */
void rn_html_attribute(FILE *out, const char *name, const char *text);

/* Prints a PNG file's bytes as a data: URI. */
void rn_html_png(FILE *out, const uint8_t *bytes, uint64_t size);

#endif
