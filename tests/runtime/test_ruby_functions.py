"""Functions in Ruby, with our own bootstrap. Collected where there is a Ruby."""

import json
import shutil
from pathlib import Path
from typing import Any

from lambent.runtime.api import FunctionVersion, InvocationResult
from tests.runtime.conftest import Functions


def ruby(functions: Functions, source: str, **configured: Any) -> FunctionVersion:
    chosen = {"runtime": "ruby3.3", "memory_size": 256, **configured}
    return functions.function(source, file="app.rb", **chosen)


def lines_of(result: InvocationResult) -> list[str]:
    """Without the warning that another version of Ruby runs."""
    lines = result.log_tail.decode().splitlines()
    return [line for line in lines if not line.startswith("[WARNING] ruby")]


LOGS = """
    require 'logger'
    def handler(event:, context:)
      logger = Logger.new($stdout, progname: 'shop')
      logger.debug('finely')
      logger.info("one\\ntwo")
      logger.warn({ a: 1 })
      begin
        raise ArgumentError, 'as told'
      rescue ArgumentError => e
        Logger.new($stderr).error(e)
      end
      Logger.new($stdout, formatter: proc { |*, text| "own: #{text}\\n" }).info('format')
      puts 'printed'
    end
"""

if shutil.which("ruby") is not None:

    async def test_a_ruby_handler_gets_event_and_context(functions: Functions) -> None:
        version = ruby(
            functions,
            """
            def handler(event:, context:)
              puts "größer: #{event['n']}"
              {
                event: event, id: context.aws_request_id, name: context.function_name,
                version: context.function_version, arn: context.invoked_function_arn,
                memory: context.memory_limit_in_mb, group: context.log_group_name,
                stream: context.log_stream_name, identity: context.identity,
                client: context.client_context, root: ENV['LAMBDA_TASK_ROOT'],
                left: context.get_remaining_time_in_millis, deadline: context.deadline_ms,
                trace: ENV['_X_AMZN_TRACE_ID'], kind: ENV['AWS_EXECUTION_ENV']
              }
            end
            """,
        )
        result = await functions.run(
            version, {"n": 1}, client_context='{"custom": {"a": 1}}', trace_header="Root=1-2-3"
        )
        seen = json.loads(result.payload)

        assert seen["event"] == {"n": 1}
        assert (seen["name"], seen["version"], seen["memory"]) == ("tested", "$LATEST", "256")
        assert seen["arn"].startswith("arn:aws:lambda:")
        assert seen["group"] == "/aws/lambda/tested"
        assert seen["client"] == {"custom": {"a": 1}}
        assert seen["identity"] is None
        assert 0 < seen["left"] <= 5000
        assert (seen["trace"], seen["kind"]) == ("Root=1-2-3", "AWS_Lambda_ruby3.3")
        assert "größer: 1\n" in result.log_tail.decode()

    async def test_a_ruby_environment_answers_again_and_keeps_its_state(
        functions: Functions,
    ) -> None:
        source = """
            module Shop
              class Orders
                @count = 0
                def self.handler(event:, context:)
                  raise ArgumentError, 'as told' if event == 'fail'
                  @count += 1
                end
              end
            end
        """
        version = ruby(functions, source, handler="app.Shop::Orders.handler")
        answers = [json.loads((await functions.run(version, each)).payload) for each in (1, 2)]
        failed = await functions.run(version, "fail")
        after = await functions.run(version, 3)

        assert answers == [1, 2]
        error = json.loads(failed.payload)
        assert failed.function_error == "Unhandled"
        assert error["errorType"] == "Function<ArgumentError>"
        assert error["errorMessage"] == "as told"
        assert error["stackTrace"][0].endswith("/app.rb:6:in `handler'")
        assert len(error["stackTrace"]) == 1
        assert b"Error raised from handler method" in failed.log_tail
        assert json.loads(after.payload) == 3

    async def test_a_ruby_file_that_cannot_be_loaded_is_an_init_error(
        functions: Functions,
    ) -> None:
        missing = await functions.run(ruby(functions, "require 'no_such_gem'\n"))
        no_file = await functions.run(ruby(functions, "", handler="other.handler"))
        no_method = await functions.run(ruby(functions, "def other; end\n"))
        no_syntax = await functions.run(ruby(functions, "def handler(\n"))
        no_name = await functions.run(ruby(functions, "", handler="handler"))
        kinds = [
            json.loads(each.payload)["errorType"]
            for each in (missing, no_file, no_method, no_syntax, no_name)
        ]

        assert kinds == [
            "Init<LoadError>",
            "Init<LoadError>",
            "Function<NoMethodError>",
            "Init<SyntaxError>",
            "Init<ArgumentError>",
        ]
        assert "no_such_gem" in json.loads(missing.payload)["errorMessage"]
        assert b"Init error when loading handler app.handler" in missing.log_tail

    async def test_ruby_finds_files_and_gems_of_the_package_and_of_layers(
        functions: Functions, tmp_path: Path
    ) -> None:
        layer = functions.layer(
            {
                "ruby/lib/shared.rb": "module Shared; NAME = 'of the layer'; end\n",
                "ruby/gems/3.3.0/specifications/carried-1.0.gemspec": GEMSPEC,
                "ruby/gems/3.3.0/gems/carried-1.0/lib/carried.rb": "CARRIED = 'a gem'\n",
            }
        )
        source = """
            require 'beside'
            require 'shared'
            require 'carried'
            def handler(event:, context:) = [BESIDE, Shared::NAME, CARRIED]
        """
        version = ruby(functions, source, layers=(layer,))
        (version.code / "beside.rb").write_text("BESIDE = 'a file'\n")

        assert json.loads((await functions.run(version)).payload) == [
            "a file",
            "of the layer",
            "a gem",
        ]

    async def test_what_ruby_reads_is_sent_as_it_is(functions: Functions) -> None:
        source = """
            require 'stringio'
            def handler(event:, context:) = StringIO.new('{"plain":   1}')
        """
        result = await functions.run(ruby(functions, source))

        assert result.payload == b'{"plain":   1}'

    async def test_ruby_that_exits_says_so_and_the_next_invocation_runs(
        functions: Functions,
    ) -> None:
        source = "def handler(event:, context:) = event == 'exit' ? exit(3) : event\n"
        version = ruby(functions, source)
        ended = json.loads((await functions.run(version, "exit")).payload)

        assert ended["errorType"] == "Function<SystemExit>"
        assert json.loads((await functions.run(version, "more")).payload) == "more"

    async def test_a_script_of_the_functions_own_can_start_ruby(functions: Functions) -> None:
        layer = functions.layer({"wrap": '#!/bin/sh\nexport WRAPPED=yes\nexec "$@"\n'})
        source = "def handler(event:, context:) = ENV['WRAPPED']\n"
        wrapper = {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrap"}
        version = ruby(functions, source, layers=(layer,), environment=wrapper)

        assert json.loads((await functions.run(version)).payload) == "yes"

    async def test_rubys_logger_writes_json_from_its_level_on(functions: Functions) -> None:
        configured = {"log_format": "JSON", "log_level": "INFO", "system_log_level": "WARN"}
        result = await functions.run(ruby(functions, LOGS, **configured))
        assert result.function_error is None, result.payload
        *written, own, printed = lines_of(result)
        one, two, failed = (json.loads(line) for line in written)

        assert (own, printed) == ("own: format", "printed")
        assert one.pop("timestamp").endswith("Z")
        assert len(one.pop("requestId")) == 36
        assert one == {"level": "INFO", "message": "one\ntwo", "logger": "shop"}
        assert two["level"] == "WARN"
        assert "a" in two["message"]
        assert (failed["level"], failed["message"]) == ("ERROR", "as told")
        assert (failed["errorType"], failed["errorMessage"]) == ("ArgumentError", "as told")
        assert failed["location"].endswith("app.rb:handler:9")
        assert failed["stackTrace"][0].endswith("app.rb:9:in `handler'")

    async def test_rubys_logger_names_the_invocation(functions: Functions) -> None:
        result = await functions.run(ruby(functions, LOGS))
        lines = lines_of(result)
        request_id = lines[0].split()[2]

        assert lines[1].startswith("D, [")
        assert lines[1].endswith(f"] DEBUG {request_id} -- shop: finely")
        assert lines[2].endswith(f"]  INFO {request_id} -- shop: one")
        assert lines[3] == "two"


GEMSPEC = """
Gem::Specification.new do |gem|
  gem.name, gem.version, gem.summary, gem.authors = 'carried', '1.0', 'tested', ['nobody']
  gem.require_paths = ['lib']
end
"""
