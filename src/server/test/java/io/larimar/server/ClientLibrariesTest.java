package io.larimar.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.embeddings.EmbeddingCreateParams;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import io.larimar.engine.Fact;
import io.larimar.engine.Larimar;
import io.larimar.ledger.Role;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What clients that people have already make of the server: OpenAI's own for Java, LangChain4j's. */
@Tag("model")
@ExtendWith(SharedEngine.class)
class ClientLibrariesTest {
  private static final String QUESTION = "What is the maximum flow rate of the ZX-400 pump?";
  private static final String MODEL = "smollm2-135m";

  @TempDir
  private static Path folder;

  private static Larimar larimar;
  private static LarimarServer server;
  private static String url;
  private static String key;

  @BeforeAll
  static void open(Larimar shared) {
    larimar = shared;
    larimar.write(Fact.of(
        "ZX-400 pump", "The maximum flow rate of the {} is", "38 litres per minute"));
    server = LarimarServer.open(larimar,
        ServerOptions.of(folder.resolve("keys.db"), MODEL).withPort(0));
    url = server.address() + "/v1";
    key = server.keys().create("reader", "default", EnumSet.of(Role.READ)).secret();
  }

  @AfterAll
  static void close() {
    if (server != null) {
      server.close();
      larimar.forgetAll();
    }
  }

  private static OpenAIClient client(String key) {
    return OpenAIOkHttpClient.builder().baseUrl(url).apiKey(key).maxRetries(0).build();
  }

  private static ChatCompletionCreateParams.Builder chat() {
    return ChatCompletionCreateParams.builder().model(MODEL).addUserMessage(QUESTION)
        .maxCompletionTokens(24);
  }

  @Test
  void openAisOwnClientChatsStreamsAndEmbeds() {
    OpenAIClient client = client(key);
    ChatCompletion whole = client.chat().completions().create(chat().build());
    String text = whole.choices().getFirst().message().content().orElseThrow();
    assertTrue(text.contains("38"), text);
    assertTrue(whole.usage().orElseThrow().completionTokens() > 0);
    StringBuilder pieces = new StringBuilder();
    try (StreamResponse<ChatCompletionChunk> stream =
        client.chat().completions().createStreaming(chat().build())) {
      stream.stream().flatMap(chunk -> chunk.choices().stream())
          .forEach(choice -> choice.delta().content().ifPresent(pieces::append));
    }
    assertEquals(text, pieces.toString().strip());
    assertEquals(384, client.embeddings().create(EmbeddingCreateParams.builder()
        .model("bge-small-en-v1.5").input("a pump").build()).data().getFirst().embedding().size());
    assertEquals(MODEL, client.models().list().data().getFirst().id());
  }

  @Test
  void openAisOwnClientKnowsTheErrors() {
    assertThrows(UnauthorizedException.class,
        () -> client("lk-wrong").chat().completions().create(chat().build()));
    BadRequestException refused = assertThrows(BadRequestException.class,
        () -> client(key).chat().completions().create(chat().n(2).build()));
    assertTrue(refused.getMessage().contains("\"n\""), refused.getMessage());
  }

  @Test
  void openAisOwnClientReadsProbabilities() {
    ChatCompletion told = client(key).chat().completions()
        .create(chat().logprobs(true).topLogprobs(2).build());
    assertEquals(2, told.choices().getFirst().logprobs().orElseThrow().content().orElseThrow()
        .getFirst().topLogprobs().size());
  }

  @Test
  void langChain4jChatsStreamsAndEmbeds() throws Exception {
    String text = OpenAiChatModel.builder().baseUrl(url).apiKey(key).modelName(MODEL).maxTokens(24)
        .maxRetries(0).build().chat(QUESTION);
    assertTrue(text.contains("38"), text);
    CompletableFuture<String> streamed = new CompletableFuture<>();
    OpenAiStreamingChatModel.builder().baseUrl(url).apiKey(key).modelName(MODEL).maxTokens(24)
        .build().chat(List.of(UserMessage.from(QUESTION)), new StreamingChatResponseHandler() {
          @Override
          public void onCompleteResponse(ChatResponse response) {
            streamed.complete(response.aiMessage().text());
          }

          @Override
          public void onError(Throwable error) {
            streamed.completeExceptionally(error);
          }
        });
    assertEquals(text, streamed.get(60, TimeUnit.SECONDS).strip());
    assertEquals(384, OpenAiEmbeddingModel.builder().baseUrl(url).apiKey(key)
        .modelName("bge-small-en-v1.5").maxRetries(0).build().embed("a pump").content().dimension());
  }
}
