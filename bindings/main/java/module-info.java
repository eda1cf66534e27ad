/** llama.cpp through the FFM API: jextract's output stays inside, the owners of C handles come out. */
module io.larimar.bindings {
  requires org.slf4j;

  exports io.larimar.bindings;
}
