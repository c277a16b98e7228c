// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DataTables
import MixedModelErrors
import ModelFormulas

extension LinearProblem {
  /// The problem of a formula over a file, from one pass over its rows, of which only a few are in
  /// memory at a time.
  ///
  /// The kinds of columns, the levels of categorical effects and the first basis come from chunks all
  /// over the file; grouping factors and everything else from the pass itself. The constants of
  /// `center`, `scale` and `poly` take a pass of their own, which keeps the columns they are learnt
  /// from. The result depends neither on the number of threads nor, but for rounding, on there being
  /// no table. Whoever asks for the rows later calls ``readRows()`` first, which reads the file again.
  /// - Parameters:
  ///   - file: whose rows they are.
  ///   - text: columns that are text whatever they look like, all grouping columns among them.
  ///   - threadCount: how many chunks are read and multiplied at a time.
  /// - Returns: `nil` if the file is small, or the model or the file needs a table: levels or texts that
  ///   come as a surprise, lines within quotes, columns that are nearly collinear or of extreme magnitude,
  ///   and whatever is an error. Then the table serves, or says what is wrong.
  /// - Complexity: O(bytes + n (p² + Σ k (p + k))); in memory the cross-products.
  package init?(
    streaming formula: Formula, from file: DelimitedTextFile, text: Set<String>,
    options: DesignOptions, threadCount: Int = 1
  ) {
    guard
      let stream = RowStream(
        formula, file, text: text, options: options, threadCount: threadCount),
      let (design, crossProducts) = stream.accumulated(threadCount: threadCount)
    else { return nil }
    let system = EquationSystem(crossProducts.layout, design.logDeterminant)
    // The table, which takes more, says what is too large.
    guard (try? options.checkMemory(of: design, system, data: nil)) != nil else { return nil }
    self.init(design, crossProducts, system: system) { () throws(MixedModelError) in
      try design.rows(
        of: file.table(categorical: stream.text, columns: Set(design.columnNames)))
    }
  }
}
