// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MixedModels

/// The command `benchmarks`: what the scripts `compare` and `check` run. Results are JSON on
/// standard output.
@main
struct Benchmarks {
  static let usage = """
    benchmarks cases                     the models
    benchmarks data NAME                 generated data as comma-separated text
    benchmarks run [NAME] [SECONDS]      times one model or all; SECONDS for each timing
    benchmarks fit NAME COUNT            fits a prepared problem COUNT times, to be counted outside
    benchmarks whole NAME COUNT          the same, from the table and the formula as text
    benchmarks bootstrap NAME COUNT      times COUNT replicates, with one thread and with two
    benchmarks small-samples [SECONDS]   times degrees of freedom; SECONDS for each timing
    benchmarks grouped ROWS GROUPS       generated data for them, as comma-separated text
    benchmarks simulate [COUNT]          bias and coverage over COUNT simulated data sets, a table
    benchmarks coverage [COUNT]          coverage of intervals of every kind with six groups, a table
    """

  static func main() async throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    switch arguments.first {
    case "cases":
      try write(BenchmarkCase.all)
    case "data" where arguments.count == 2:
      guard let data = GeneratedData(rawValue: arguments[1]) else { fallthrough }
      FileHandle.standardOutput.write(Data(try data.table().commaSeparatedText().utf8))
    case "bootstrap" where arguments.count == 3:
      guard let count = Int(arguments[2]), count > 0,
        let benchmark = BenchmarkCase.all.first(where: { $0.name == arguments[1] })
      else { fallthrough }
      for line in try await BootstrapTiming.lines(benchmark, replicateCount: count) { print(line) }
    case "small-samples" where arguments.count < 3:
      guard let budget = Double(arguments.dropFirst().first ?? "1") else { fallthrough }
      print(try SmallSampleTiming.markdown(budget: budget))
    case "grouped" where arguments.count == 3:
      guard let rows = Int(arguments[1]), let groups = Int(arguments[2]), rows > groups, groups > 1
      else { fallthrough }
      let table = try SmallSampleTiming.Grouped(rowCount: rows, groupCount: groups).table()
      FileHandle.standardOutput.write(Data(table.commaSeparatedText().utf8))
    case "simulate" where arguments.count < 3:
      guard let count = Int(arguments.dropFirst().first ?? "200"), count > 1 else { fallthrough }
      print(try SimulationStudy.markdown(replicateCount: count))
    case "coverage" where arguments.count < 3:
      guard let count = Int(arguments.dropFirst().first ?? "1000"), count > 1 else { fallthrough }
      print(try await SmallDesignCoverage.markdown(replicateCount: count))
    case "run":
      let budget = arguments.dropFirst().compactMap(Double.init).first ?? 1
      let selected = arguments.dropFirst().first { Double($0) == nil }
      for benchmark in BenchmarkCase.all where selected == nil || benchmark.name == selected {
        try write(CaseMeasurement(benchmark, budget: budget))
      }
    case "fit" where arguments.count == 3, "whole" where arguments.count == 3:
      guard let count = Int(arguments[2]),
        let benchmark = BenchmarkCase.all.first(where: { $0.name == arguments[1] })
      else { fallthrough }
      try (arguments[0] == "fit" ? fit : fitFromTable)(benchmark, count)
    default:
      FileHandle.standardError.write(Data((usage + "\n").utf8))
      exit(64)
    }
  }

  private static func fit(_ benchmark: BenchmarkCase, _ count: Int) throws {
    let problem = try benchmark.problem(benchmark.table())
    for _ in 0..<count { _ = try problem.fit() }
  }

  private static func fitFromTable(_ benchmark: BenchmarkCase, _ count: Int) throws {
    let table = try benchmark.table()
    for _ in 0..<count { _ = try benchmark.problem(table).fit() }
  }

  private static func write(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    FileHandle.standardOutput.write(try encoder.encode(value) + Data("\n".utf8))
  }
}
