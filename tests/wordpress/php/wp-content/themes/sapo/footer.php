<div class="chan-trang"><?php bloginfo( 'description' ); ?></div>
<?php wp_footer(); ?>
</body>
</html>
