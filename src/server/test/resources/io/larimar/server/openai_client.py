"""OpenAI's own client for Python against a server whose address and key are the arguments."""
import json
import sys

import openai

client = openai.OpenAI(base_url=sys.argv[1] + "/v1", api_key=sys.argv[2], max_retries=0)
model = client.models.list().data[0].id
question = [{"role": "user", "content": "How many ports does the Orla gateway have?"}]

chat = client.chat.completions.create(
    model=model, messages=question, max_tokens=24, logprobs=True, top_logprobs=2)
text = chat.choices[0].message.content
assert "16" in text, text
assert len(chat.choices[0].logprobs.content[0].top_logprobs) == 2
assert chat.usage.total_tokens == chat.usage.prompt_tokens + chat.usage.completion_tokens

stream = client.chat.completions.create(
    model=model, messages=question, max_tokens=24, stream=True,
    stream_options={"include_usage": True})
pieces, usage = [], None
for event in stream:
    usage = event.usage or usage
    pieces += [choice.delta.content or "" for choice in event.choices]
assert "".join(pieces).strip() == text, pieces
assert usage.completion_tokens == chat.usage.completion_tokens

off = client.chat.completions.create(
    model=model, messages=question, max_tokens=4, extra_headers={"Larimar-Memory": "off"})
assert off.model_extra["larimar"]["memory"] == "off"

schema = {"type": "object", "properties": {"ports": {"type": "integer"}}, "required": ["ports"],
          "additionalProperties": False}
answer = client.chat.completions.create(
    model=model, messages=question, max_tokens=24, response_format={
        "type": "json_schema", "json_schema": {"name": "ports", "schema": schema, "strict": True}})
assert isinstance(json.loads(answer.choices[0].message.content)["ports"], int)

continued = client.completions.create(
    model=model, prompt="The Orla gateway has", max_tokens=3, logprobs=1, seed=1)
assert len(continued.choices[0].logprobs.tokens) == continued.usage.completion_tokens

vector = client.embeddings.create(model="bge-small-en-v1.5", input=["a gateway"]).data[0].embedding
assert abs(sum(x * x for x in vector) - 1) < 1e-3

try:
    client.chat.completions.create(model=model, messages=question, n=2)
    raise SystemExit("n=2 was not refused")
except openai.BadRequestError as e:
    assert e.param == "n", e.param
try:
    openai.OpenAI(base_url=sys.argv[1] + "/v1", api_key="lk-none", max_retries=0).models.list()
    raise SystemExit("a key that is none was taken")
except openai.AuthenticationError:
    pass
print("all good")
