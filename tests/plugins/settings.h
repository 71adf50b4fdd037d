/* settings.h: attributes of blocks, as tests write them. */
#ifndef RN_TESTS_PLUGINS_SETTINGS_H
#define RN_TESTS_PLUGINS_SETTINGS_H

#include <resnet/attr.h>

#define MAX_SETTINGS 6

#define INT(attr, value)                                                                           \
    {                                                                                              \
        .name = attr, .type = RN_ATTR_INT, .int_value = { value, value }                           \
    }
#define BOOL(attr, value)                                                                          \
    {                                                                                              \
        .name = attr, .type = RN_ATTR_BOOL, .int_value = { value, value }                          \
    }
#define PAIR(attr, first, second)                                                                  \
    {                                                                                              \
        .name = attr, .type = RN_ATTR_PAIR, .int_value = { first, second }                         \
    }
#define TEXT(attr, value)                                                                          \
    {                                                                                              \
        .name = attr, .type = RN_ATTR_STRING, .text_value = value                                  \
    }
#define FLOAT(attr, value)                                                                         \
    {                                                                                              \
        .name = attr, .type = RN_ATTR_FLOAT, .float_value = value                                  \
    }

#endif
