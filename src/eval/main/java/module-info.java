/** The evaluation: public benchmarks under every column, as TARGETS defines them. */
module io.larimar.eval {
  requires io.larimar.bindings;
  requires transitive io.larimar.engine;
  requires tools.jackson.databind;

  exports io.larimar.eval;
  exports io.larimar.eval.data;
}
