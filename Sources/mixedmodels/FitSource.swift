// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelFitting
import MixedModels

/// The data of one fit: as rows that go by once, or as a table of the columns that the model names.
struct FitSource {
  private let source: DataSource
  private let formula: Formula
  private let text: Set<String>
  private let options: DesignOptions
  private let threadCount: Int
  private let file: DelimitedTextFile?

  /// - Parameter text: columns whose values keep their text.
  init(
    _ source: DataSource, _ formula: Formula, text: Set<String>, options: DesignOptions,
    threadCount: Int
  ) throws(MixedModelError) {
    self.source = source
    self.formula = formula
    self.text = text
    self.options = options
    self.threadCount = threadCount
    file = try source.textFile()
  }

  /// The linear model of rows that are never all in memory; `nil` where that is not possible.
  func streamed(_ criterion: Criterion) -> ModelTask? {
    file.flatMap { file in
      LinearProblem(
        streaming: formula, from: file, text: text, options: options, threadCount: threadCount)
    }.map { ModelTask.linear($0, criterion) }
  }

  func table() throws(MixedModelError) -> DataTable {
    let columns = ModelDesign.columnNames(of: formula, options: options)
    guard let file else { return try source.table(textColumns: text) }
    return try file.table(textColumns: text, columns: columns, threadCount: threadCount)
  }
}
