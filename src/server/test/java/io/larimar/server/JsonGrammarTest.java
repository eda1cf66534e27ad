package io.larimar.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a schema becomes; that llama.cpp reads it and keeps to it is {@link OpenAiTest}'s. */
class JsonGrammarTest {
  private static String grammar(String schema) {
    String grammar = JsonGrammar.of(Json.tree(schema.replace('\'', '"')), "schema");
    return grammar.substring(0, grammar.indexOf("ws ::="));
  }

  @Test
  void anObjectHasItsPropertiesInOrderAndOptionalOnesMayBeLeftOut() {
    assertEquals("""
        root ::= r6
        r0 ::= "\\"a\\":" ws integer
        r1 ::= "\\"b\\":" ws boolean
        r2 ::= r1  | ""
        r3 ::= "," ws r1  | ""
        r4 ::= r0 r3
        r5 ::= "," ws r0 r3
        r6 ::= "{" r4 "}"
        """, grammar("{'type': 'object', 'properties': {'a': {'type': 'integer'},"
        + " 'b': {'type': 'boolean'}}, 'required': ['a'], 'additionalProperties': false}"));
  }

  @Test
  void listsTextsAndChoicesKeepTheirBounds() {
    assertTrue(grammar("{'type': 'array', 'items': {'type': 'null'}, 'minItems': 2, 'maxItems': 5}")
        .contains("\"[\" null (\",\" ws null){1,4} \"]\""));
    assertTrue(grammar("{'type': 'array', 'maxItems': 0}").contains("\"[]\""));
    assertTrue(grammar("{'type': 'string', 'maxLength': 9}").contains("char{0,9}"));
    assertTrue(grammar("{'enum': ['a\\\\b', 7, null]}")
        .contains("\"\\\"a\\\\\\\\b\\\"\" | \"7\" | \"null\""));
    assertTrue(grammar("{'type': ['integer', 'null'], 'title': 'x'}").contains("integer | null"));
    assertTrue(grammar("{'type': 'string', 'format': 'date'}").contains("date"));
    assertEquals("root ::= value\n", grammar("{}"));
  }

  @Test
  void aSchemaMayHoldItself() {
    assertTrue(grammar("{'type': 'object', 'properties': {'child': {'anyOf': [{'$ref': '#'},"
        + " {'type': 'null'}]}}, 'required': ['child']}").contains("root ::= "));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "{'type': 'string', 'pattern': 'a+'} | schema",
      "{'type': 'integer', 'minimum': 3} | schema",
      "{'allOf': [{}]} | schema",
      "{'type': 'object', 'properties': {'a': {'type': 'what'}}} | schema.properties.a.type",
      "{'type': 'object', 'properties': {'a': 3}} | schema.properties.a",
      "{'type': 'object', 'properties': {}, 'required': ['a']} | schema.required",
      "{'type': 'object', 'properties': {}, 'additionalProperties': {}} | schema",
      "{'type': 'array', 'maxItems': 100000} | schema.maxItems",
      "{'type': 'array', 'minItems': 3, 'maxItems': 2} | schema",
      "{'type': 'string', 'minLength': 3, 'maxLength': 2} | schema",
      "{'type': 'array', 'items': {'$ref': '#/$defs/none'}} | schema.items.$ref",
      "{'$ref': 'https://example.org/x'} | schema.$ref",
      "{'$ref': '#'} | schema.$ref",
      "{'anyOf': []} | schema.anyOf",
      "{'enum': []} | schema.enum",
      "{'type': 'string', 'format': 'email'} | schema.format"})
  void whatAGrammarCannotSayIsRefusedByItsPlace(String schema, String place) {
    Problem problem = assertThrows(Problem.class, () -> grammar(schema));
    assertEquals(400, problem.status());
    assertEquals(place, problem.toMap().get("field"));
  }
}
