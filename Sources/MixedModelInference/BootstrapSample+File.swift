// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelErrors
import MixedModelFitting

// A file of comma-separated text with a line per replicate: its number, the seed, why it failed if
// it did, whether it is singular and converged, and a column per quantity. Replicate zero is the
// model itself, so that a sample can be told to be of a model.

extension BootstrapSample {
  private enum Header {
    static let replicate = "replicate"
    static let seed = "seed"
    static let reason = "failure"
    static let message = "message"
    static let singular = "singular"
    static let converged = "converged"
    static let all = [replicate, seed, reason, message, singular, converged]
    /// Those that stay text whatever they hold.
    static let text: Set<String> = [seed, reason, message]
  }

  /// The sample as comma-separated text, from which the same sample can be read.
  public var csv: String {
    var csv = CSVText(header: Header.all + quantities.map(\.key))
    func append(_ replicate: Int, _ state: [String], _ values: some Sequence<Double>) {
      csv.append([String(replicate), String(seed)] + state + values.map { CSVText.field($0) })
    }
    append(0, ["", "", "", ""], estimates)
    let missing = [Double](repeating: .nan, count: quantities.count)
    var failures = failures[...]
    func appendFailures(before limit: Int) {
      while let failure = failures.first, failure.replicate < limit {
        append(failure.replicate, [failure.reason.rawValue, failure.message, "", ""], missing)
        failures.removeFirst()
      }
    }
    for (index, replicate) in replicates.enumerated() {
      appendFailures(before: replicate)
      append(
        replicate, ["", "", isSingular[index] ? "1" : "0", hasConverged[index] ? "1" : "0"],
        row(index))
    }
    appendFailures(before: .max)
    return csv.text
  }

  /// Writes the sample as comma-separated text in place of what the file held, entirely or not at
  /// all.
  /// - Throws: ``MixedModelError`` if the file cannot be written.
  public func write(to path: String) throws(MixedModelError) {
    try replaceFile(at: path, with: csv.utf8)
  }

  /// The sample that a file holds.
  /// - Throws: ``MixedModelError`` if the file cannot be read or is not a sample of bootstrap
  ///   replicates of this model.
  public init(contentsOf path: String, of model: some MixedModel) throws(MixedModelError) {
    let table: DataTable
    do {
      table = try DataTable(contentsOf: path, categorical: Header.text)
    } catch {
      guard error.kind == .unknownName else { throw error }
      throw .unreadableSample("it lacks a column that every sample has", source: path)
    }
    try self.init(table, of: model, source: path)
  }

  private init(
    _ table: DataTable, of model: some MixedModel, source: String
  ) throws(MixedModelError) {
    func unreadable(_ fault: String) -> MixedModelError {
      .unreadableSample(fault, source: source)
    }
    func numbers(_ name: String) throws(MixedModelError) -> [Double] {
      guard case .numeric(let column)? = table[name] else {
        throw unreadable("there is no column \"\(name)\" of numbers")
      }
      return column.values
    }
    func texts(_ name: String) -> [String?] {
      guard case .categorical(let column)? = table[name] else { return [] }
      return column.codes.map { $0 < 0 ? nil : column.levels[Int($0)] }
    }
    let layout = BootstrapLayout(model)
    let seeds = texts(Header.seed)
    guard let seed = seeds.first.flatMap({ $0 }).flatMap({ UInt64($0) }),
      seeds.allSatisfy({ $0 == seeds[0] })
    else { throw unreadable("its rows do not have one seed") }
    let replicates = try numbers(Header.replicate)
    for (row, replicate) in replicates.enumerated() where replicate != Double(row) {
      throw unreadable("replicate \(row) is not where it belongs, in line \(row + 2)")
    }
    let singular = try numbers(Header.singular)
    let converged = try numbers(Header.converged)
    let (reasons, messages) = (texts(Header.reason), texts(Header.message))
    var columns: [[Double]] = []
    for quantity in layout.quantities { columns.append(try numbers(quantity.key)) }
    guard table.columnNames.count == Header.all.count + columns.count else {
      throw unreadable("it has columns that the model does not")
    }
    self.init(seed: seed, quantities: layout.quantities, estimates: columns.map { $0[0] })
    for row in replicates.indices.dropFirst() {
      if let text = reasons[row] {
        guard let reason = FailureReason(rawValue: text) else {
          throw unreadable("the failure \"\(text)\" in line \(row + 2) is not known")
        }
        append(Failure(replicate: row, reason: reason, message: messages[row] ?? ""))
      } else {
        guard !columns[0][row].isNaN, !singular[row].isNaN, !converged[row].isNaN else {
          throw unreadable("replicate \(row) has neither estimates nor a failure")
        }
        append(
          replicate: row, values: columns.map { $0[row] }, isSingular: singular[row] == 1,
          hasConverged: converged[row] == 1)
      }
    }
    try check(isOf: model, layout)
  }
}
