/** The engine: teach a running language model a fact, ask for it, forget it. */
module io.larimar.engine {
  requires io.larimar.bindings;
  requires java.sql;
  requires jdk.incubator.vector;
  requires org.slf4j;
  requires com.microsoft.onnxruntime;
  requires ai.djl.tokenizers;

  exports io.larimar.engine;
  exports io.larimar.ledger;
}
